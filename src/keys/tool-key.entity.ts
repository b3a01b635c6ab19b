import { type JWK } from 'jose';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One signing key pair of ours; its public part stands in the key set until it is retired. */
@Entity('tool_key')
export class ToolKey {
  /** RFC 7638 thumbprint. */
  @PrimaryColumn('text')
  kid!: string;

  @Column('text')
  algorithm!: string;

  @Column('jsonb')
  publicJwk!: JWK;

  /** PKCS #8, encrypted by the key ring. */
  @Column('text', { name: 'sealed_private_key' })
  encryptedPrivateKey!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  retiredAt!: Date | null;
}

/** Binds an encrypted private key to its row: in another row it cannot be decrypted. */
export function encryptionContextOf(kid: string): string {
  return `tool_key:${kid}`;
}
