import { Column, Entity, PrimaryColumn } from 'typeorm';

export type Lti11Kind = 'user' | 'context' | 'resource_link';

/** One thing by its id of LTI 1.3, and by that of LTI 1.1. */
export interface Lti11Pair {
  kind: Lti11Kind;
  ltiId: string;
  lti11Id: string;
}

/** Such a pair, as a platform has proved it. */
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

  /** Whose secret proved it. */
  @Column('uuid')
  consumerId!: string;

  @Column('timestamptz')
  linkedAt!: Date;
}
