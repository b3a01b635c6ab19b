import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One group of a course as the platform last told it (Course Groups 1.0). */
@Entity('course_group')
export class CourseGroup {
  @PrimaryColumn('uuid')
  courseId!: string;

  @PrimaryColumn('text')
  groupId!: string;

  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { nullable: true })
  tag!: string | null;

  @Column('text', { nullable: true })
  setId!: string | null;

  @Column('text', { nullable: true })
  setName!: string | null;

  @Column('timestamptz')
  updatedAt!: Date;
}
