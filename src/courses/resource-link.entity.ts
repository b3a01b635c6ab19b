import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A placement of the tool in a course, from its launches. */
@Entity('resource_link')
export class ResourceLink {
  @PrimaryColumn('uuid')
  courseId!: string;

  @PrimaryColumn('text')
  resourceLinkId!: string;

  @Column('text', { nullable: true })
  title!: string | null;

  /** The line item that belongs to it alone. */
  @Column('text', { nullable: true })
  lineItemUrl!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
