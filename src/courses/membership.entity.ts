import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One member of a course, as the last sync read it (NRPS 2.0). */
@Entity('membership')
export class Membership {
  /** The id of the stored course. */
  @PrimaryColumn('uuid')
  courseId!: string;

  /** The `sub` of this user's launches. */
  @PrimaryColumn('text')
  userId!: string;

  /** Full URIs, but for roles that are in no vocabulary. */
  @Column('text', { array: true })
  roles!: string[];

  /** A member whom the platform calls deleted is removed. */
  @Column('text')
  status!: 'Active' | 'Inactive';

  /** The full name. Null, as the other fields, if the platform does not share it. */
  @Column('text', { nullable: true })
  name!: string | null;

  /** The first name. */
  @Column('text', { nullable: true })
  givenName!: string | null;

  /** Rarely sent. */
  @Column('text', { nullable: true })
  middleName!: string | null;

  /** The last name. */
  @Column('text', { nullable: true })
  familyName!: string | null;

  /** Not checked: as the platform sent it. */
  @Column('text', { nullable: true })
  email!: string | null;

  /** The URL of an image. */
  @Column('text', { nullable: true })
  picture!: string | null;

  /** `lis_person_sourcedid`: the student information system's name for the person. */
  @Column('text', { nullable: true })
  sourcedId!: string | null;

  /** `lti11_legacy_user_id` */
  @Column('text', { nullable: true })
  lti11UserId!: string | null;

  /** The sections of the course that the member is in; empty if the platform names none. */
  @Column('jsonb')
  sections!: { id: string; name?: string }[];

  /** The ids of the member's groups (Course Groups 1.0). Null where the platform does not give them. */
  @Column('text', { array: true, nullable: true })
  groupIds!: string[] | null;

  /** Digest of everything above: a row that has not changed is not written. */
  @Column('text')
  fingerprint!: string;

  /** Set by a run that ended `suspicious` without this member: the next complete read confirms or clears it. */
  @Column('timestamptz', { nullable: true })
  missingSince!: Date | null;

  /** Time of the sync that last changed this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
