import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { type Extensions } from '../lti-services/grades/extensions.schema.js';
import { CourseLineItem } from './course-line-item.entity.js';

/** A member's grade in one line item, as the last sync read it (AGS 2.0). */
@Entity('result')
export class CourseResult {
  /** The id of the stored course. */
  @PrimaryColumn('uuid')
  courseId!: string;

  /** Identifies the line item together with the course. */
  @PrimaryColumn('uuid')
  lineItemKey!: string;

  /** Loaded by `CourseGradebookService.results`. */
  @ManyToOne(() => CourseLineItem)
  @JoinColumn([
    { name: 'course_id', referencedColumnName: 'courseId' },
    { name: 'line_item_key', referencedColumnName: 'lineItemKey' },
  ])
  lineItem!: Relation<CourseLineItem>;

  /** The `sub` of this user's launches. */
  @PrimaryColumn('text')
  userId!: string;

  /** Null if there is no grade. */
  @Column('double precision', { nullable: true })
  resultScore!: number | null;

  /** 1 if the platform sent none. */
  @Column('double precision')
  resultMaximum!: number;

  /** For the student. */
  @Column('text', { nullable: true })
  comment!: string | null;

  /** The `sub` of the grading user. Few platforms send it. */
  @Column('text', { nullable: true })
  scoringUserId!: string | null;

  /** Null if the platform does not send it. Moodle does. */
  @Column('timestamptz', { nullable: true })
  gradedAt!: Date | null;

  /** Keys are full URLs. */
  @Column('jsonb')
  extensions!: Extensions;

  /** Digest of everything above: a row that has not changed is not written. */
  @Column('text')
  fingerprint!: string;

  /** Set by a sync that lacked so many results that none was removed. The next complete one confirms or clears it. */
  @Column('timestamptz', { nullable: true })
  missingSince!: Date | null;

  /** Time of the sync that last changed this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
