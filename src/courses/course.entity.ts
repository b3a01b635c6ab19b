import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Registration } from '../registrations/registration.entity.js';
import { type SyncRun } from './sync-run.entity.js';

/** An LTI context with its service endpoints; unique by (registration, deployment, contextId). */
@Entity('course')
export class Course {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  registrationId!: string;

  @ManyToOne(() => Registration)
  @JoinColumn({ name: 'registration_id' })
  registration!: Relation<Registration>;

  @Column('text')
  deploymentId!: string;

  @Column('text')
  contextId!: string;

  @Column('text', { nullable: true })
  title!: string | null;

  /** Null where the platform offers the tool no names. */
  @Column('text', { nullable: true })
  membershipsUrl!: string | null;

  @Column('text', { nullable: true })
  lineItemsUrl!: string | null;

  /** NRPS rel=differences of the last complete read: opaque, and the next read's start. */
  @Column('text', { nullable: true })
  differencesUrl!: string | null;

  /** When the whole roster was last read; differences alone are trusted for a week. */
  @Column('timestamptz', { nullable: true })
  fullReadAt!: Date | null;

  /** Time of the last launch from it, exact to ten minutes. */
  @Column('timestamptz', { nullable: true })
  launchedAt!: Date | null;

  /** When the scheduler syncs it next. */
  @Column('timestamptz')
  nextSyncAt!: Date;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  /** The newest sync, where a query reads it; null: there was none. */
  lastSync?: SyncRun | null;
}
