import { Column, Entity, PrimaryColumn } from 'typeorm';

export const unfinishedStatuses = ['queued', 'running'] as const;
export const finishedStatuses = ['completed', 'suspicious', 'failed', 'cancelled'] as const;
export const syncRunStatuses = [...unfinishedStatuses, ...finishedStatuses] as const;
export type SyncRunStatus = (typeof syncRunStatuses)[number];

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

  /** Raised by each start. A worker that was taken for dead holds an old one and can write nothing. */
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

  /** Token requests that this run caused; those it shared with others count where they began. */
  @Column('int')
  tokenRequests!: number;

  @Column('text', { nullable: true })
  errorCode!: string | null;

  /** Why it failed, waits or is suspicious, for an operator. */
  @Column('text', { nullable: true })
  message!: string | null;

  /** When a delayed run goes on. */
  @Column('timestamptz', { nullable: true })
  retryAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
