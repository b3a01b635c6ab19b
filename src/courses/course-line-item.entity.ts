import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type Extensions } from '../lti-services/grades/extensions.schema.js';
import { type SubmissionReview } from '../lti-services/grades/submission-review.schema.js';

/** One line item of a course, as the last sync read it (AGS 2.0). */
@Entity('line_item')
export class CourseLineItem {
  /** The id of the stored course. */
  @PrimaryColumn('uuid')
  courseId!: string;

  /** `lineItemKey` of the line item, as in the outbox of scores. */
  @PrimaryColumn('uuid')
  lineItemKey!: string;

  /** Its URL, by which it is read and scored. */
  @Column('text')
  lineItemId!: string;

  /** The name of the column; empty if the platform sent none. */
  @Column('text')
  label!: string;

  /** Above 0; 0 when the platform sent no such number. */
  @Column('double precision')
  scoreMaximum!: number;

  /** The link in the course that the line item belongs to. */
  @Column('text', { nullable: true })
  resourceLinkId!: string | null;

  /** The tool's own name of the graded resource. */
  @Column('text', { nullable: true })
  resourceId!: string | null;

  /** The tool's own name of the kind of grade. */
  @Column('text', { nullable: true })
  tag!: string | null;

  /** From when students can submit. */
  @Column('timestamptz', { nullable: true })
  startDateTime!: Date | null;

  /** Until when students can submit. */
  @Column('timestamptz', { nullable: true })
  endDateTime!: Date | null;

  /** Whether students see their grades. Null if the platform does not say. */
  @Column('boolean', { nullable: true })
  gradesReleased!: boolean | null;

  /** Null where the tool shows no submissions. */
  @Column('jsonb', { nullable: true })
  submissionReview!: SubmissionReview | null;

  /** Keys are full URLs. */
  @Column('jsonb')
  extensions!: Extensions;

  /** Digest of everything above: a row that has not changed is not written. */
  @Column('text')
  fingerprint!: string;

  /** Set by a sync that lacked so many line items that none was removed. The next complete one confirms or clears it. */
  @Column('timestamptz', { nullable: true })
  missingSince!: Date | null;

  /** Time of the sync that last changed this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
