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

  /** PKCS #8, sealed by the key ring. */
  @Column('text')
  sealedPrivateKey!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  retiredAt!: Date | null;
}

/** What a private key is sealed for: this row, and no other. */
export function sealContextOf(kid: string): string {
  return `tool_key:${kid}`;
}
