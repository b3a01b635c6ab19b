import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Registration } from '../registrations/registration.entity.js';
import { type SyncRun } from './sync-run.entity.js';
import { type NextSyncReason } from './sync-schedule.js';

/** An LTI context with its service endpoints; unique by (registration, deployment, contextId). */
@Entity('course')
export class Course {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The registration that it was launched from. */
  @Column('uuid')
  registrationId!: string;

  /** Loaded by `CourseService.get` and `list`. */
  @ManyToOne(() => Registration)
  @JoinColumn({ name: 'registration_id' })
  registration!: Relation<Registration>;

  /** The platform's `deployment_id` of its launches. */
  @Column('text')
  deploymentId!: string;

  /** The platform's id of the course: `context.id` of its launches (CORE 5.4.1). */
  @Column('text')
  contextId!: string;

  /** Null if no launch has named one. */
  @Column('text', { nullable: true })
  title!: string | null;

  /** Null where the platform offers the tool no names. */
  @Column('text', { nullable: true })
  membershipsUrl!: string | null;

  /** AGS 2.0 `lineitems`. Null where the platform offers the tool no grades. */
  @Column('text', { nullable: true })
  lineItemsUrl!: string | null;

  /** Course Groups 1.0. Null where the platform does not offer the service. */
  @Column('text', { nullable: true })
  groupsUrl!: string | null;

  /** Course Groups 1.0 `context_group_sets_url`. Null if the platform offers no sets. */
  @Column('text', { nullable: true })
  groupSetsUrl!: string | null;

  /** NRPS rel=differences of the last complete read: opaque, and the next read's start. */
  @Column('text', { nullable: true })
  differencesUrl!: string | null;

  /** When the whole roster was last read; differences alone are trusted for a week. */
  @Column('timestamptz', { nullable: true })
  fullReadAt!: Date | null;

  /** Time of the last launch from it, exact to ten minutes. */
  @Column('timestamptz', { nullable: true })
  launchedAt!: Date | null;

  /**
   * The contexts that it was copied from, as the platform states them: the nearest first. `CourseOriginService` finds their
   * courses.
   */
  @Column('text', { array: true, default: [] })
  originContextIds!: string[];

  /** Time of its last launch, manual sync or posted score, exact to ten minutes; at first, of its creation. */
  @Column('timestamptz')
  usedAt!: Date;

  /** When the course ends or ended, as the operator or the embedder says. A use after that counts. */
  @Column('timestamptz', { nullable: true })
  concludedAt!: Date | null;

  /** On how many different days (UTC) the platform said that the course is gone, since its last use and its last good sync. */
  @Column('smallint', { default: 0 })
  goneDays!: number;

  /** The last time that counts in `goneDays`. */
  @Column('timestamptz', { nullable: true })
  goneAt!: Date | null;

  /** When the scheduler syncs it next. Null: it is archived, until a launch, manual sync or posted score. */
  @Column('timestamptz', { nullable: true })
  nextSyncAt!: Date | null;

  /** Why it is synced then, or why it is archived. */
  @Column('text', { default: 'new_course' })
  nextSyncReason!: NextSyncReason;

  /** Time of the first launch, or of `CourseService.create`. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last change of this row. */
  @Column('timestamptz')
  updatedAt!: Date;

  /** Null unless it was deleted. The row stays. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  /** The newest sync, where a query reads it; null: there was none. */
  lastSync?: SyncRun | null;
}
