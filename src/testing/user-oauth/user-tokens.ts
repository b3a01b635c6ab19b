import { randomBytes } from 'node:crypto';
import { type Clock } from '../../common/clock.js';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { styleOf } from './user-oauth-style.js';
import { UserTokenRefused } from './user-oauth.errors.js';

/** The permission of a user for a client: one row of the profile. */
export interface UserToken {
  readonly id: number;
  readonly client: SimulatedUserOAuthClient;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly purpose: string | undefined;
  readonly createdAt: Date;
  /** Of the newest access token. */
  expiresAt: Date;
  lastUsedAt: Date | undefined;
}

export type Permission = Pick<UserToken, 'client' | 'userId' | 'scopes' | 'purpose'>;

/** The tokens in an answer; no refresh token if the previous one stays valid. */
export interface IssuedUserToken {
  readonly token: UserToken;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
}

interface AccessToken {
  readonly token: UserToken;
  expiresAt: Date;
}

interface RefreshToken {
  readonly token: UserToken;
  isSpent: boolean;
}

/** The tokens that users have given to clients. */
export class UserTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<number, UserToken>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly UserToken[] {
    return [...this.#tokens.values()];
  }

  of(userId: string): readonly UserToken[] {
    return this.all.filter((token) => token.userId === userId);
  }

  issue(permission: Permission, lifeSeconds: number): IssuedUserToken {
    const createdAt = this.#clock.now();
    const token: UserToken = {
      id: (this.#lastId += 1),
      ...permission,
      createdAt,
      expiresAt: createdAt,
      lastUsedAt: undefined,
    };
    this.#tokens.set(token.id, token);
    return {
      token,
      accessToken: this.#newAccessToken(token, lifeSeconds),
      refreshToken: this.#newRefreshToken(token),
    };
  }

  /** The token of a refresh token. @throws UserTokenRefused */
  refreshable(refreshToken: string, client: SimulatedUserOAuthClient): UserToken {
    const known = this.#refreshTokens.get(refreshToken);
    if (known === undefined) throw new UserTokenRefused('unknown_refresh_token');
    if (known.token.client.clientId !== client.clientId) {
      throw new UserTokenRefused('refresh_token_of_another_client');
    }
    if (!known.isSpent) return known.token;
    if (client.revokesOnReuse) this.delete(known.token);
    throw new UserTokenRefused('spent_refresh_token');
  }

  /** Issues a new access token of the same row. @throws UserTokenRefused */
  refresh(refreshToken: string, client: SimulatedUserOAuthClient, lifeSeconds: number): IssuedUserToken {
    const token = this.refreshable(refreshToken, client);
    const { rotates, refreshEndsAccessToken } = styleOf(client);
    if (refreshEndsAccessToken) this.#forgetAccessTokens(token);
    if (rotates) this.#spend(refreshToken);
    return {
      token,
      accessToken: this.#newAccessToken(token, lifeSeconds),
      refreshToken: rotates ? this.#newRefreshToken(token) : undefined,
    };
  }

  /** The token behind an access token, and whether it may still be used; undefined when there is none. */
  find(accessToken: string): { readonly token: UserToken; readonly isExpired: boolean } | undefined {
    const known = this.#accessTokens.get(accessToken);
    if (known === undefined) return undefined;
    return { token: known.token, isExpired: known.expiresAt <= this.#clock.now() };
  }

  /** Expires the access tokens that `concerns` selects. @returns the number of tokens */
  expire(concerns: (token: UserToken, accessToken: string) => boolean): number {
    const now = this.#clock.now();
    let expired = 0;
    for (const [accessToken, known] of this.#accessTokens) {
      if (known.expiresAt <= now || !concerns(known.token, accessToken)) continue;
      known.expiresAt = now;
      known.token.expiresAt = now;
      expired += 1;
    }
    return expired;
  }

  /** Ends everything that came of one permission, at once. */
  delete(token: UserToken): void {
    this.#tokens.delete(token.id);
    this.#forgetAccessTokens(token);
    for (const [refreshToken, known] of this.#refreshTokens) {
      if (known.token === token) this.#refreshTokens.delete(refreshToken);
    }
  }

  #newAccessToken(token: UserToken, lifeSeconds: number): string {
    const accessToken = secret(token.client);
    token.expiresAt = new Date(this.#clock.nowMs() + lifeSeconds * 1000);
    this.#accessTokens.set(accessToken, { token, expiresAt: token.expiresAt });
    return accessToken;
  }

  #newRefreshToken(token: UserToken): string {
    const refreshToken = secret(token.client);
    this.#refreshTokens.set(refreshToken, { token, isSpent: false });
    return refreshToken;
  }

  #spend(refreshToken: string): void {
    const known = this.#refreshTokens.get(refreshToken);
    if (known !== undefined) known.isSpent = true;
  }

  #forgetAccessTokens(token: UserToken): void {
    for (const [accessToken, known] of this.#accessTokens) {
      if (known.token === token) this.#accessTokens.delete(accessToken);
    }
  }
}

function secret(client: SimulatedUserOAuthClient): string {
  return styleOf(client).tokenPrefix + randomBytes(48).toString('base64url');
}
