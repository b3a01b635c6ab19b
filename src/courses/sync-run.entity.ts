import { type RefusedCall } from '../access-tokens/access-token.errors.js';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const unfinishedStatuses = ['queued', 'running'] as const;
export const finishedStatuses = ['completed', 'suspicious', 'failed', 'cancelled'] as const;
export const syncRunStatuses = [...unfinishedStatuses, ...finishedStatuses] as const;
/** `queued` and `running` are unfinished. `suspicious`: so many members were missing that none was removed. */
export type SyncRunStatus = (typeof syncRunStatuses)[number];

/**
 * A run that is found by its id is unfinished, or running. The status is concatenated so that PostgreSQL finds the run by its primary
 * key: the index of the unfinished runs is the cheaper one by statistics of a time at which few were unfinished, and all of it is read.
 */
export const RUN_IS_UNFINISHED = `status || '' IN ('${unfinishedStatuses.join("', '")}')`;
export const RUN_IS_RUNNING = "status || '' = 'running'";

/** How a roster's reading ended. */
export interface RosterEnd {
  /** `suspicious`: so many members were missing that none was removed. */
  status: 'completed' | 'suspicious';
  /** Members that were as before. */
  unchanged: number;
  /** Absent if the roster was read well. */
  errorCode?: string;
  /** For the operator. */
  message?: string;
}

/** One run of a course sync. The row is the truth; its id is the job's id. */
@Entity('sync_run')
export class SyncRun {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The course that it syncs. */
  @Column('uuid')
  courseId!: string;

  /** The registration of the course. */
  @Column('uuid')
  registrationId!: string;

  /** `request`: by an operator or the embedder; it confirms removals that a scheduled run found suspicious. */
  @Column('text')
  trigger!: 'request' | 'schedule';

  /** A run that is delayed is `queued` with a `retryAt`. */
  @Column('text')
  status!: SyncRunStatus;

  /** Raised by each start. A worker that was wrongly considered dead has an old number and can write nothing. */
  @Column('int')
  attempt!: number;

  /** Pages of the roster that were read. */
  @Column('int')
  pages!: number;

  /** Members that were new. */
  @Column('int')
  added!: number;

  /** Members of which a field had changed. */
  @Column('int')
  updated!: number;

  /** Members that were removed. */
  @Column('int')
  removed!: number;

  /** Members that were as before. */
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

  /** The `code` of the error that kept line items or results from being read. */
  @Column('text', { nullable: true })
  gradesErrorCode!: string | null;

  /** Why line items or results were not read, or not all of them, in a run that ended well. */
  @Column('text', { nullable: true })
  gradesMessage!: string | null;

  /** The `code` of the error that kept the groups from being read. */
  @Column('text', { nullable: true })
  groupsErrorCode!: string | null;

  /** Why the groups were not read in a run that ended well. */
  @Column('text', { nullable: true })
  groupsMessage!: string | null;

  /** Token requests that this run caused. A request that it shared counts for the run that sent it. */
  @Column('int')
  tokenRequests!: number;

  /** The `code` of the error. Null in a run that ended well. */
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

  /** Time of the request. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the first start; null before it. */
  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  /** Null until it has ended. */
  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
