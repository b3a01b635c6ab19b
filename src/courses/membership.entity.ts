import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One member of a course as the platform last told it (NRPS 2.0). */
@Entity('membership')
export class Membership {
  @PrimaryColumn('uuid')
  courseId!: string;

  /** The `sub` of this user's launches. */
  @PrimaryColumn('text')
  userId!: string;

  @Column('text', { array: true })
  roles!: string[];

  @Column('text')
  status!: 'Active' | 'Inactive';

  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { nullable: true })
  givenName!: string | null;

  @Column('text', { nullable: true })
  middleName!: string | null;

  @Column('text', { nullable: true })
  familyName!: string | null;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('text', { nullable: true })
  picture!: string | null;

  /** `lis_person_sourcedid`: the student information system's name for the person. */
  @Column('text', { nullable: true })
  sourcedId!: string | null;

  /** `lti11_legacy_user_id` */
  @Column('text', { nullable: true })
  lti11UserId!: string | null;

  @Column('jsonb')
  sections!: { id: string; name?: string }[];

  /** Digest of everything above: a row that has not changed is not written. */
  @Column('text')
  fingerprint!: string;

  /** Set by a run that ended `suspicious` without this member: the next complete read confirms or clears it. */
  @Column('timestamptz', { nullable: true })
  missingSince!: Date | null;

  @Column('timestamptz')
  updatedAt!: Date;
}
