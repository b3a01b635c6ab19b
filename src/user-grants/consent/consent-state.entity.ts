import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A consent in progress. The platform's answer uses it once, within ten minutes. */
@Entity('user_grant_state')
export class ConsentState {
  /** Hash of the `state` parameter. */
  @PrimaryColumn('bytea')
  digest!: Buffer;

  @Column('uuid')
  launchSessionId!: string;

  /** Hash of the secret in the browser's cookie. Null if the browser keeps no cookie, or a page of the tool began the consent. */
  @Column('bytea', { nullable: true })
  browserDigest!: Buffer | null;

  @Column('text')
  redirectUri!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
