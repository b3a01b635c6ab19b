import { type JWK } from 'jose';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type ToolKeyAlgorithm } from './key-signer.js';

/** A signing key pair of the tool. Its state follows from its times and those of its successor: see `statesOf`. */
@Entity('tool_key')
export class ToolKey {
  /** RFC 7638 thumbprint. */
  @PrimaryColumn('text')
  kid!: string;

  /** Each algorithm has its own active key. */
  @Column('text')
  algorithm!: ToolKeyAlgorithm;

  /** Without `kid`, `alg` and `use`, which the key set adds. */
  @Column('jsonb')
  publicJwk!: JWK;

  /** The signer's reference, encrypted by the key ring: PKCS #8 with the local signer. Null once the key is revoked. */
  @Column('text', { name: 'sealed_private_key', nullable: true })
  encryptedPrivateKey!: string | null;

  /** Published since then. */
  @Column('timestamptz')
  createdAt!: Date;

  /** The key signs from then on, until its successor does. */
  @Column('timestamptz')
  signsFrom!: Date;

  /** Null unless it was revoked. */
  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;
}

/** Binds an encrypted private key to its row: in another row it cannot be decrypted. */
export function encryptionContextOf(kid: string): string {
  return `tool_key:${kid}`;
}
