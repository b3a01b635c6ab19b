import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { type Extensions } from '../lti-services/grades/extensions.schema.js';
import { CourseLineItem } from './course-line-item.entity.js';

/** A member's grade in one line item as the platform last told it (AGS 2.0). */
@Entity('result')
export class CourseResult {
  @PrimaryColumn('uuid')
  courseId!: string;

  @PrimaryColumn('uuid')
  lineItemKey!: string;

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

  @Column('double precision')
  resultMaximum!: number;

  @Column('text', { nullable: true })
  comment!: string | null;

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

  /** Set by a reading that lacked so many that it was not believed: the next complete one confirms or clears it. */
  @Column('timestamptz', { nullable: true })
  missingSince!: Date | null;

  @Column('timestamptz')
  updatedAt!: Date;
}
