import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type LtiEvent } from './event-handler.js';

export const eventStatuses = ['pending', 'delivered', 'failed'] as const;
/** `failed`: given up after 3 days. */
export type EventStatus = (typeof eventStatuses)[number];

/** An event for one subscription. */
@Entity('event')
export class StoredEvent {
  /** The order of delivery in a course. */
  @PrimaryColumn('bigint')
  sequence!: string;

  /** UUIDv7; the same for all subscriptions. */
  @Column('uuid')
  id!: string;

  @Column('uuid')
  subscriptionId!: string;

  @Column('text')
  type!: string;

  @Column('uuid', { nullable: true })
  courseId!: string | null;

  /** The course; without one, the registration. */
  @Column('uuid')
  orderKey!: string;

  /** All persons in the event. */
  @Column('text', { array: true })
  userIds!: string[];

  @Column('json')
  data!: Record<string, unknown>;

  @Column('text')
  status!: EventStatus;

  @Column('int')
  attempts!: number;

  @Column('timestamptz', { nullable: true })
  attemptedAt!: Date | null;

  /** Time of the first failure. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  @Column('timestamptz', { nullable: true })
  retryAt!: Date | null;

  /** HTTP status of the last answer. */
  @Column('int', { nullable: true })
  lastStatus!: number | null;

  @Column('text', { nullable: true })
  lastError!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  settledAt!: Date | null;
}

const NAMES_SEVERAL = /^lti\.(?:membership|results)\./;

/** The event as receivers get it. */
export function eventOf({ id, type, createdAt, userIds, data }: StoredEvent): LtiEvent {
  const [userId] = userIds;
  const people = NAMES_SEVERAL.test(type) ? { userIds } : userId === undefined ? {} : { userId };
  return { id, type, createdAt, data: { ...data, ...people } } as unknown as LtiEvent;
}
