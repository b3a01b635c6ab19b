import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One group of a course, as the last sync read it (Course Groups 1.0). */
@Entity('course_group')
export class CourseGroup {
  /** The id of the stored course. */
  @PrimaryColumn('uuid')
  courseId!: string;

  /** The platform's id of the group. */
  @PrimaryColumn('text')
  groupId!: string;

  /** Null if the platform sent none. */
  @Column('text', { nullable: true })
  name!: string | null;

  /** The platform's or the tool's own mark. Null if the platform sent none. */
  @Column('text', { nullable: true })
  tag!: string | null;

  /** The platform's id of the set that the group is in. Null if it is in none. */
  @Column('text', { nullable: true })
  setId!: string | null;

  /** Null if the set has no name, or could not be read. */
  @Column('text', { nullable: true })
  setName!: string | null;

  /** Time of the sync that last changed this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
