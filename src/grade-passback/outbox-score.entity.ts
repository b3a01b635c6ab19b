import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type StoredScore } from '../lti-services/grades/score.schema.js';

export const outboxStatuses = ['pending', 'posted', 'rejected', 'superseded', 'cancelled'] as const;
/** `pending` until it is settled: `posted`, `rejected` by the platform, `superseded` by a newer score, or `cancelled`. */
export type OutboxStatus = (typeof outboxStatuses)[number];

/** A score in the outbox: pending, or settled. */
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

  /** The origin of the URL at which the line item is called. */
  @Column('text')
  origin!: string;

  @Column('text')
  userId!: string;

  @Column('text', { nullable: true })
  idempotencyKey!: string | null;

  /** Digest of the caller's score: the same idempotency key with another score is an error. */
  @Column('text')
  fingerprint!: string;

  /** The checked score, for `GradeService.postStoredScore`. */
  @Column('json')
  score!: StoredScore;

  @Column('timestamptz', { nullable: true })
  givenTimestamp!: Date | null;

  @Column('text')
  status!: OutboxStatus;

  /** The score is not sent before this time. */
  @Column('timestamptz')
  dueAt!: Date;

  /** Stored before the score is sent, and used again in retries; null again after the platform called the score stale. */
  @Column('timestamptz', { nullable: true })
  sentTimestamp!: Date | null;

  /** It was sent or claimed, and no answer has shown whether the platform has it. */
  @Column('boolean')
  maybeSent!: boolean;

  /** How often the platform has called it stale on a first attempt. */
  @Column('smallint')
  stale!: number;

  @Column('int')
  attempts!: number;

  /** When the platform first answered this score with a server error. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  @Column('timestamptz', { nullable: true })
  attemptedAt!: Date | null;

  /** The lease under which it was claimed. While a process holds the lease, a request may be in flight. */
  @Column('uuid', { nullable: true })
  inFlightBy!: string | null;

  /** The fault of its last attempt. It is the score's own fault if another score is posted. */
  @Column('text', { nullable: true })
  fault!: 'authentication' | 'unreachable' | null;

  /** How often another score was posted after such a fault. */
  @Column('smallint')
  failedAlone!: number;

  @Column('text', { nullable: true })
  errorCode!: string | null;

  /** For the operator: why it was rejected or waits. */
  @Column('text', { nullable: true })
  message!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  /** When it was posted, rejected, superseded or cancelled. */
  @Column('timestamptz', { nullable: true })
  settledAt!: Date | null;
}
