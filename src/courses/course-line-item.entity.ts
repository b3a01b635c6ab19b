import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type Extensions } from '../lti-services/grades/extensions.schema.js';

/** One line item of a course as the platform last told it (AGS 2.0). */
@Entity('line_item')
export class CourseLineItem {
  @PrimaryColumn('uuid')
  courseId!: string;

  /** `lineItemKey` of the line item, as in the outbox of scores. */
  @PrimaryColumn('uuid')
  lineItemKey!: string;

  /** Its URL, by which it is read and scored. */
  @Column('text')
  lineItemId!: string;

  @Column('text')
  label!: string;

  @Column('double precision')
  scoreMaximum!: number;

  @Column('text', { nullable: true })
  resourceLinkId!: string | null;

  @Column('text', { nullable: true })
  resourceId!: string | null;

  @Column('text', { nullable: true })
  tag!: string | null;

  @Column('timestamptz', { nullable: true })
  startDateTime!: Date | null;

  @Column('timestamptz', { nullable: true })
  endDateTime!: Date | null;

  @Column('boolean', { nullable: true })
  gradesReleased!: boolean | null;

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
