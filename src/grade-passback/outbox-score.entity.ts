import { Column, Entity, PrimaryColumn } from 'typeorm';

export const outboxStatuses = ['pending', 'posted', 'rejected', 'superseded', 'cancelled'] as const;
export type OutboxStatus = (typeof outboxStatuses)[number];

/** A score on its way to the platform, or what became of it. */
@Entity('outbox_score')
export class OutboxScore {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  registrationId!: string;

  @Column('uuid')
  courseId!: string;

  @Column('text')
  lineItemId!: string;

  @Column('uuid')
  lineItemKey!: string;

  /** Where the line item is called. */
  @Column('text')
  origin!: string;

  @Column('text')
  userId!: string;

  @Column('text', { nullable: true })
  idempotencyKey!: string | null;

  /** Of what the caller gave: the same key with another score is a mistake. */
  @Column('text')
  fingerprint!: string;

  /** The score as it was checked, for `GradeService.postScore`. */
  @Column('json')
  score!: unknown;

  @Column('timestamptz', { nullable: true })
  givenTimestamp!: Date | null;

  @Column('text')
  status!: OutboxStatus;

  /** Not sent before. */
  @Column('timestamptz')
  dueAt!: Date;

  /** Stored before it is sent, and sent again in retries; null again once the platform has called it stale. */
  @Column('timestamptz', { nullable: true })
  sentTimestamp!: Date | null;

  /** It was sent, or about to be, and what became of it is not known. */
  @Column('boolean')
  maybeSent!: boolean;

  /** How often the platform has called it stale on a first attempt. */
  @Column('smallint')
  stale!: number;

  @Column('int')
  attempts!: number;

  /** Since when the platform fails over it. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  @Column('timestamptz', { nullable: true })
  attemptedAt!: Date | null;

  /** The lease under which it was claimed: while that is held, a request for it may be in flight. */
  @Column('uuid', { nullable: true })
  inFlightBy!: string | null;

  /** Its last attempt met a fault that is the score's own if another score gets through. */
  @Column('text', { nullable: true })
  fault!: 'authentication' | 'unreachable' | null;

  /** How often another score got through after such a fault. */
  @Column('smallint')
  failedAlone!: number;

  @Column('text', { nullable: true })
  errorCode!: string | null;

  /** Why it was rejected, or waits, for an operator. */
  @Column('text', { nullable: true })
  message!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  /** When it was posted, rejected, superseded or cancelled. */
  @Column('timestamptz', { nullable: true })
  settledAt!: Date | null;
}
