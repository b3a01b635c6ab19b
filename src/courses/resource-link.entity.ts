import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A placement of the tool in a course, from its launches. */
@Entity('resource_link')
export class ResourceLink {
  /** The id of the stored course. */
  @PrimaryColumn('uuid')
  courseId!: string;

  /** The platform's id of the link (CORE 5.3.5). */
  @PrimaryColumn('text')
  resourceLinkId!: string;

  /** Null if no launch has named one. */
  @Column('text', { nullable: true })
  title!: string | null;

  /** The line item that belongs to it alone. */
  @Column('text', { nullable: true })
  lineItemUrl!: string | null;

  /** The resource links that it was copied from, as the platform states them: the nearest first. */
  @Column('text', { array: true, default: [] })
  originIds!: string[];

  /** Time of the first launch. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last change of this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
