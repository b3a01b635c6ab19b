import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type LaunchContext } from '../context/launch-context.schema.js';

/** The session of a launch. It ends at `expiresAt`, or when it is revoked. */
@Entity('launch_session')
export class LaunchSession {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** Null in a launch by LTI 1.1. */
  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  /** The LTI 1.1 consumer. */
  @Column('uuid', { nullable: true })
  consumerId!: string | null;

  /** The stored course. Null if the launch names no context, and by LTI 1.1. */
  @Column('uuid', { nullable: true })
  courseId!: string | null;

  /** Null in an anonymous launch. */
  @Column('text', { nullable: true })
  userId!: string | null;

  /** The launch as it was received. It contains no token and no secret. */
  @Column('json')
  launch!: LaunchContext;

  /** Digest of the one-time code. Null when the code was used. */
  @Column('bytea', { nullable: true })
  codeDigest!: Buffer | null;

  /** A minute after the launch. Null when the code was used. */
  @Column('timestamptz', { nullable: true })
  codeExpiresAt!: Date | null;

  /** Time of the launch. */
  @Column('timestamptz')
  createdAt!: Date;

  /** `createdAt` and the option `launch.sessionFor`. */
  @Column('timestamptz')
  expiresAt!: Date;

  /** Null unless the session was ended before `expiresAt`. */
  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  /** When the response to a deep linking request was signed: there is one. */
  @Column('timestamptz', { nullable: true })
  deepLinkAnsweredAt!: Date | null;
}
