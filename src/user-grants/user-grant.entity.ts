import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `revoked`: not to be used any more, and still to be revoked at the platform. */
export type UserGrantStatus = 'active' | 'unverified' | 'needs_authorization' | 'revoked';

/** Identifies the grant: one user of one registration. */
export interface GrantKey {
  /** The registration of the user's platform. */
  registrationId: string;
  /** The user id of LTI (`sub`). The platform's API may use another id. */
  userId: string;
}

/** A user's permission for the tool to call the platform's API. */
@Entity('user_grant')
export class UserGrant implements GrantKey {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The registration of the user's platform. */
  @Column('uuid')
  registrationId!: string;

  /** The user id of LTI (`sub`). */
  @Column('text')
  userId!: string;

  /** The client that it was made with: its tokens go to that client's host alone. Null once that client is gone. */
  @Column('uuid', { nullable: true })
  userGrantClientId!: string | null;

  /** `unverified`: the platform did not say which of its users consented. */
  @Column('text')
  status!: UserGrantStatus;

  /** Why it is as it is: of those that need authorization or are revoked. */
  @Column('text', { nullable: true })
  reason!: string | null;

  /** The platform's own id of the user who consented. */
  @Column('text', { nullable: true })
  providerUserId!: string | null;

  /** The granted scopes, or the requested ones if the platform did not list them. */
  @Column('text', { array: true })
  scopes!: string[];

  /** The scopes that the user was asked for. */
  @Column('text', { array: true })
  askedScopes!: string[];

  /** Encrypted by the key ring, like the other one. */
  @Column('text', { name: 'sealed_access_token', nullable: true })
  encryptedAccessToken!: string | null;

  /** Null if the platform issued none. */
  @Column('text', { name: 'sealed_refresh_token', nullable: true })
  encryptedRefreshToken!: string | null;

  /** SHA-256. A refresh is sent only while the grant still has this refresh token. */
  @Column('bytea', { nullable: true })
  refreshTokenHash!: Buffer | null;

  /** Of the refresh that was sent and of which nothing is known yet: only its answer may be saved. */
  @Column('uuid', { nullable: true })
  refreshClaim!: string | null;

  /** Null for a token that has no end. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  /** Time of the last consent. */
  @Column('timestamptz')
  authorizedAt!: Date;

  /** Null before the first refresh. */
  @Column('timestamptz', { nullable: true })
  lastRefreshedAt!: Date | null;

  /** When it was last refreshed because the platform refused a token that had not expired. */
  @Column('timestamptz', { nullable: true })
  forcedRefreshAt!: Date | null;

  /** Time of the first consent. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last change of this row. */
  @Column('timestamptz')
  updatedAt!: Date;
}
