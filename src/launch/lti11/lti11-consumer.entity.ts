import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A platform that launches by LTI 1.1, and the secret that it signs with. */
@Entity('lti11_consumer')
export class Lti11Consumer {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  consumerKey!: string;

  /** Encrypted by the key ring. */
  @Column('text', { name: 'sealed_secret' })
  encryptedSecret!: string;

  /** The registration that its platform has moved to, or will. */
  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;
}

/** Binds an encrypted secret to its row: in another row it cannot be decrypted. */
export function encryptionContextOf(id: string): string {
  return `lti11_consumer:${id}`;
}
