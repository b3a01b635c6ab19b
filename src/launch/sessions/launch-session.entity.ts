import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type LaunchContext } from '../context/launch-context.schema.js';

/** The session of a launch. It ends at `expiresAt`, or when it is revoked. */
@Entity('launch_session')
export class LaunchSession {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  /** The LTI 1.1 consumer. */
  @Column('uuid', { nullable: true })
  consumerId!: string | null;

  @Column('uuid', { nullable: true })
  courseId!: string | null;

  /** Null in an anonymous launch. */
  @Column('text', { nullable: true })
  userId!: string | null;

  @Column('json')
  launch!: LaunchContext;

  /** Digest of the one-time code. Null when the code was used. */
  @Column('bytea', { nullable: true })
  codeDigest!: Buffer | null;

  @Column('timestamptz', { nullable: true })
  codeExpiresAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  /** When the response to a deep linking request was signed: there is one. */
  @Column('timestamptz', { nullable: true })
  deepLinkAnsweredAt!: Date | null;
}
