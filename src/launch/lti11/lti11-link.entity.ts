import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the two ids of a pair name. */
export type Lti11Kind = 'user' | 'context' | 'resource_link';

/** The LTI 1.3 id and the LTI 1.1 id of one user, context or resource link. */
export interface Lti11Pair {
  /** What the ids name. */
  kind: Lti11Kind;
  /** The id of LTI 1.3: `sub`, the id of the context, or that of the resource link. */
  ltiId: string;
  /** The id of LTI 1.1: `user_id`, `context_id` or `resource_link_id`. */
  lti11Id: string;
}

/** A pair that a platform has proved. */
@Entity('lti11_link')
export class Lti11Link implements Lti11Pair {
  /** The registration whose launches have the LTI 1.3 id. */
  @PrimaryColumn('uuid')
  registrationId!: string;

  /** What the ids name. */
  @PrimaryColumn('text')
  kind!: Lti11Kind;

  /** The id of LTI 1.3: `sub`, the id of the context, or that of the resource link. */
  @PrimaryColumn('text')
  ltiId!: string;

  /** The id of LTI 1.1: `user_id`, `context_id` or `resource_link_id`. */
  @Column('text')
  lti11Id!: string;

  /** The consumer whose secret proved it. */
  @Column('uuid')
  consumerId!: string;

  /** Time of the launch that proved the pair. */
  @Column('timestamptz')
  linkedAt!: Date;
}
