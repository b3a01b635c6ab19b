import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `paused` by an operator, `disabled` by nest-lti: nothing is sent, and events are stored all the same. */
export type SubscriptionStatus = 'active' | 'paused' | 'disabled';

/** Who gets events: a webhook, or the embedder's handler. */
@Entity('event_subscription')
export class EventSubscription {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** There is one row of the kind `handler` at most. */
  @Column('text')
  kind!: 'webhook' | 'handler';

  /** Null for the handler. */
  @Column('text', { nullable: true })
  url!: string | null;

  /** Encrypted by the key ring. */
  @Column('text', { name: 'sealed_secret', nullable: true })
  encryptedSecret!: string | null;

  /** The secret before the last rotation, encrypted. It signs, too, until `oldSecretUntil`. */
  @Column('text', { name: 'sealed_old_secret', nullable: true })
  encryptedOldSecret!: string | null;

  /** Null without an old secret. */
  @Column('timestamptz', { nullable: true })
  oldSecretUntil!: Date | null;

  /** Null: all types. */
  @Column('text', { array: true, nullable: true })
  types!: string[] | null;

  /** Null: all registrations. */
  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  @Column('text')
  status!: SubscriptionStatus;

  /** Why it was disabled. */
  @Column('text', { nullable: true })
  reason!: string | null;

  /** Failed deliveries since the last one that succeeded. */
  @Column('int')
  failures!: number;

  /** Time of the first of them. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  /** Nothing is sent before. */
  @Column('timestamptz', { nullable: true })
  retryAt!: Date | null;

  /** Of the handler: when a process that has it last ran, to the hour. */
  @Column('timestamptz', { nullable: true })
  seenAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}

/** Binds an encrypted secret to its row: in another row it cannot be decrypted. */
export function encryptionContextOf(id: string): string {
  return `event_subscription:${id}`;
}
