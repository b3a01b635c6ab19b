import { type GrantClient } from '../clients/grant-client.js';
import { endReasonSchema } from '../end-reason.js';
import { hashOf } from '../grant-cipher.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';
import { type UserGrant } from '../user-grant.entity.js';
import { AuthorizationRequired } from '../user-grants.errors.js';
import { type TokenAnswer } from './token-answer.js';

/** A grant with its access token. */
export interface FreshGrant {
  grant: UserGrant;
  client: GrantClient;
  accessToken: string;
  /** Identifies this token. */
  tokenHash: string;
  /** Whether this call refreshed it, or waited for a refresh by another process. */
  isRefreshed: boolean;
}

const MAX_MARGIN_MS = 60_000;
/** A platform that refuses valid tokens, such as those of a client that is off, must not get a refresh request for each call. */
const FORCED_REFRESH_EVERY_MS = 60_000;
/** Life of a token with a refresh token, if the platform does not send `expires_in`. */
const DEFAULT_LIFE_MS = 3_600_000;

export function freshGrant(
  grant: UserGrant,
  client: GrantClient,
  accessToken = '',
  isRefreshed = false,
): FreshGrant {
  return { grant, client, accessToken, tokenHash: hashOf(accessToken).toString('base64url'), isRefreshed };
}

/**
 * Whether the access token can be used now. If a refresh ends the earlier token, it is used until its expiry, because other
 * calls may be using it; otherwise until a minute before that, or a fifth of its life if that is less.
 */
export function isFresh(grant: UserGrant, provider: UserGrantProvider, nowMs: number): boolean {
  if (grant.encryptedAccessToken === null) return false;
  if (grant.expiresAt === null) return true;
  const endMs = grant.expiresAt.getTime();
  if (provider.refreshKillsAccessToken) return nowMs < endMs;
  const lifeMs = endMs - (grant.lastRefreshedAt ?? grant.authorizedAt).getTime();
  return nowMs < endMs - Math.min(MAX_MARGIN_MS, lifeMs / 5);
}

/** @throws AuthorizationRequired for a grant that cannot be used for calls */
export function assertUsable(grant: UserGrant | null, client: GrantClient): UserGrant {
  if (grant === null) throw new AuthorizationRequired('no_grant');
  if (grant.status === 'active' || grant.status === 'unverified') {
    // It was authorized while the client was replaced, and will be revoked.
    if (grant.userGrantClientId !== client.id) throw new AuthorizationRequired('client_changed');
    return grant;
  }
  throw new AuthorizationRequired(endReasonSchema.safeParse(grant.reason).data ?? 'refused_by_platform');
}

/**
 * Whether the access token comes from a refresh within the last minute that was made because the token before was refused: then
 * a refusal of this one is not about the token.
 */
export function wasForcedLately({ forcedRefreshAt }: UserGrant, nowMs: number): boolean {
  return forcedRefreshAt !== null && Math.abs(nowMs - forcedRefreshAt.getTime()) < FORCED_REFRESH_EVERY_MS;
}

/** When the token of an answer expires. Null without `expires_in` if it cannot be refreshed either. */
export function endOf({ expiresAt }: TokenAnswer, refreshToken: string | undefined, now: Date): Date | null {
  if (expiresAt !== undefined) return expiresAt;
  return refreshToken === undefined ? null : new Date(now.getTime() + DEFAULT_LIFE_MS);
}
