import { type AccessToken } from './access-token.js';

/** While renewals fail, the present token serves until this long before its end. */
const LAST_MOMENT_MS = 5000;
const MAX_EARLY_MS = 5 * 60_000;

/** In epoch milliseconds: how long a token may serve where no newer one is to be had. Design rule "Early renewal". */
export function servesUntilMs(token: AccessToken): number {
  return token.expiresAt.getTime() - LAST_MOMENT_MS;
}

/**
 * In epoch milliseconds: when to renew in the background. In the fifth of the token's life before its margin, and at most
 * 5 min before it; jittered over the first half of that time, so that processes do not begin together and the second half
 * is left for the renewal. Never for a token that the platform gives again.
 *
 * @param random in [0, 1)
 */
export function earlyRenewalMs(token: AccessToken, maxMarginMs: number, random: number): number {
  if (token.repeated) return Infinity;
  const windowMs = Math.min(token.lifeMs / 5, MAX_EARLY_MS);
  return token.freshUntilMs(maxMarginMs) - windowMs * (1 - random / 2);
}

/** The platform may give the same token in another grant, with another end. */
export function isSameGrant(one: AccessToken, other: AccessToken | undefined): boolean {
  return one.hash === other?.hash && one.issuedAt.getTime() === other.issuedAt.getTime();
}
