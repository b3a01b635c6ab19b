import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `revoked`: not to be used any more, and still to be revoked at the platform. */
export type UserGrantStatus = 'active' | 'unverified' | 'needs_authorization' | 'revoked';

/** Identifies the grant: one user of one registration. */
export interface GrantKey {
  registrationId: string;
  /** The user id of LTI (`sub`). The platform's API may use another id. */
  userId: string;
}

/** A user's permission for the tool to call the platform's API. */
@Entity('user_grant')
export class UserGrant implements GrantKey {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  registrationId!: string;

  @Column('text')
  userId!: string;

  /** The client that it was made with: its tokens go to that client's host alone. Null once that client is gone. */
  @Column('uuid', { nullable: true })
  userGrantClientId!: string | null;

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

  @Column('text', { array: true })
  askedScopes!: string[];

  /** Encrypted by the key ring, like the other one. */
  @Column('text', { name: 'sealed_access_token', nullable: true })
  encryptedAccessToken!: string | null;

  @Column('text', { name: 'sealed_refresh_token', nullable: true })
  encryptedRefreshToken!: string | null;

  @Column('bytea', { nullable: true })
  refreshTokenHash!: Buffer | null;

  /** Of the refresh that was sent and of which nothing is known yet: only its answer may be saved. */
  @Column('uuid', { nullable: true })
  refreshClaim!: string | null;

  /** Null for a token that has no end. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz')
  authorizedAt!: Date;

  @Column('timestamptz', { nullable: true })
  lastRefreshedAt!: Date | null;

  /** When it was last refreshed because the platform refused a token that had not expired. */
  @Column('timestamptz', { nullable: true })
  forcedRefreshAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
