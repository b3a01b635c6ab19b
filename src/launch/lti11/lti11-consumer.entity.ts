import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A platform that launches by LTI 1.1, and the secret that it signs with. */
@Entity('lti11_consumer')
export class Lti11Consumer {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** For operators. */
  @Column('text')
  name!: string;

  /** `oauth_consumer_key` of its launches; unique among consumers that are not deleted. */
  @Column('text')
  consumerKey!: string;

  /** Encrypted by the key ring. */
  @Column('text', { name: 'sealed_secret' })
  encryptedSecret!: string;

  /** The registration that its platform has moved to, or will. */
  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  /** Time when it was entered. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last edit. */
  @Column('timestamptz')
  updatedAt!: Date;

  /** Null unless it was deleted. The row stays for the ids that its secret has proved. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;
}

/** Binds an encrypted secret to its row: in another row it cannot be decrypted. */
export function encryptionContextOf(id: string): string {
  return `lti11_consumer:${id}`;
}
