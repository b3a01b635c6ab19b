import { Column, Entity, PrimaryColumn } from 'typeorm';

export type Lti11Kind = 'user' | 'context' | 'resource_link';

/** The LTI 1.3 id and the LTI 1.1 id of one user, context or resource link. */
export interface Lti11Pair {
  kind: Lti11Kind;
  ltiId: string;
  lti11Id: string;
}

/** A pair that a platform has proved. */
@Entity('lti11_link')
export class Lti11Link implements Lti11Pair {
  @PrimaryColumn('uuid')
  registrationId!: string;

  @PrimaryColumn('text')
  kind!: Lti11Kind;

  @PrimaryColumn('text')
  ltiId!: string;

  @Column('text')
  lti11Id!: string;

  /** The consumer whose secret proved it. */
  @Column('uuid')
  consumerId!: string;

  @Column('timestamptz')
  linkedAt!: Date;
}
