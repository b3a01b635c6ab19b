import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The permission for one platform to register the tool. Only a digest of its secret is stored. */
@Entity('registration_invitation')
export class RegistrationInvitation {
  @PrimaryColumn('uuid')
  id!: string;

  /** For the operator. */
  @Column('text')
  name!: string;

  @Column('bytea')
  secretDigest!: Buffer;

  /** The issuers that may use it. Empty: any. */
  @Column('text', { array: true })
  allowedIssuers!: string[];

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;
}
