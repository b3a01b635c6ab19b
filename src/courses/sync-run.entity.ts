import { type RefusedCall } from '../access-tokens/access-token.errors.js';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const unfinishedStatuses = ['queued', 'running'] as const;
export const finishedStatuses = ['completed', 'suspicious', 'failed', 'cancelled'] as const;
export const syncRunStatuses = [...unfinishedStatuses, ...finishedStatuses] as const;
export type SyncRunStatus = (typeof syncRunStatuses)[number];

/** How a roster's reading ended. */
export interface RosterEnd {
  status: 'completed' | 'suspicious';
  unchanged: number;
  errorCode?: string;
  message?: string;
}

/** One run of a course sync. The row is the truth; its id is the job's id. */
@Entity('sync_run')
export class SyncRun {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  courseId!: string;

  @Column('uuid')
  registrationId!: string;

  @Column('text')
  trigger!: 'request' | 'schedule';

  @Column('text')
  status!: SyncRunStatus;

  /** Raised by each start. A worker that was wrongly considered dead has an old number and can write nothing. */
  @Column('int')
  attempt!: number;

  @Column('int')
  pages!: number;

  @Column('int')
  added!: number;

  @Column('int')
  updated!: number;

  @Column('int')
  removed!: number;

  @Column('int')
  unchanged!: number;

  /** Set when the roster was read. A restart continues with the grades. */
  @Column('jsonb', { nullable: true })
  rosterEnd!: RosterEnd | null;

  /** Line items that the platform showed. */
  @Column('int')
  lineItems!: number;

  /** Results that the platform showed. */
  @Column('int')
  results!: number;

  /** Line items and results that were new or had changed. */
  @Column('int')
  gradesWritten!: number;

  /** Line items and results that were removed. */
  @Column('int')
  gradesRemoved!: number;

  @Column('text', { nullable: true })
  gradesErrorCode!: string | null;

  /** Why line items or results were not read, or not all of them, in a run that ended well. */
  @Column('text', { nullable: true })
  gradesMessage!: string | null;

  /** Token requests that this run caused. A request that it shared counts for the run that sent it. */
  @Column('int')
  tokenRequests!: number;

  @Column('text', { nullable: true })
  errorCode!: string | null;

  /** Why it failed, waits or is suspicious, for an operator. */
  @Column('text', { nullable: true })
  message!: string | null;

  /** The 401 that delayed the run: its next try decides. */
  @Column('jsonb', { nullable: true })
  refusedCall!: RefusedCall | null;

  /** When a delayed run continues. */
  @Column('timestamptz', { nullable: true })
  retryAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
