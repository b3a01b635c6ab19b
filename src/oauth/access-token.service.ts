import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { LtiConfig } from '../config/lti-config.js';
import { TokenMetrics } from '../operations/metrics/token-metrics.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { type AccessToken } from '../token-store/access-token.js';
import { type AccessTokenKey } from '../token-store/access-token-key.js';
import { SCOPE_PROBE_MS } from './failure-memory.js';
import { GuardedTokenStore } from './guarded-token-store.service.js';
import { AuthenticationFailed, errorOf, ScopeMismatch } from './oauth.errors.js';
import { type Found, TokenCache } from './token-cache.service.js';
import { TokenEvidence } from './token-evidence.js';
import { earlyRenewalMs, isSameGrant, servesUntilMs } from './token-life.js';
import { TokenRenewal } from './token-renewal.service.js';
import { covering, TokenRequests, type TokenWish } from './token-requests.service.js';

/** A 401 to a token younger than this is about permission. So is one right after a forced renewal. */
const FORCED_RENEWAL_MS = 60_000;

/** A 401: to which token, of which call. */
export interface Rejection {
  token: AccessToken;
  url: string;
  sentAt: Date;
}

/** Finds or renews access tokens by the rules of their life (docs/tokens.md). Knows about expiry, which the stores do not. */
@Injectable()
export class AccessTokenService implements OnModuleInit {
  private readonly maxMarginMs: number;

  constructor(
    private readonly requests: TokenRequests,
    private readonly renewal: TokenRenewal,
    private readonly cache: TokenCache,
    private readonly store: GuardedTokenStore,
    private readonly evidence: TokenEvidence,
    private readonly listeners: RegistrationListeners,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) config: LtiConfig,
  ) {
    this.maxMarginMs = config.accessTokens.margin;
  }

  onModuleInit(): void {
    const forget = (registrationId: string): Promise<void> => this.cache.forgetRegistration(registrationId);
    this.listeners.add({ registrationChanged: forget, registrationDeleted: forget });
  }

  /** Whether the token is used up, or was found dead by this process. */
  isExpired(token: AccessToken): boolean {
    return token.isExpired(this.clock.now(), this.maxMarginMs) || this.evidence.isRejected(token);
  }

  /** Whether whoever holds the token should ask `obtain` again: it has expired, or it is time to renew it in the background. */
  isDue(token: AccessToken): boolean {
    if (this.isExpired(token)) return true;
    return this.store.isPresent && this.clock.now().getTime() >= earlyRenewalMs(token, this.maxMarginMs, 0);
  }

  /**
   * A fresh token that covers `needed`: from this process' memory, from the store or from the platform. While no new one
   * is to be had, the present one serves to its last moment.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  obtain(wish: TokenWish): Promise<AccessToken> {
    // No more than this stands between a call and a token that is at hand.
    const local = this.cache.good(wish.registration);
    if (local?.token.hasScopes(wish.needed) !== true) return this.find(wish);
    this.metrics.localHits += 1;
    return local.answer;
  }

  /** A new token, whatever is left of the present one. Joins a renewal that is underway. */
  async forceRenewal(wish: TokenWish): Promise<AccessToken> {
    return this.requests.send(wish, {
      key: this.requests.keyFor(wish),
      reason: 'forced',
      isUsable: () => false,
    });
  }

  /** A service took this token: evidence that a 401 elsewhere is about permission. */
  worked(token: AccessToken): void {
    this.evidence.worked(token, this.clock.now());
  }

  /**
   * After a 401: another token, if there is reason to think that the token is at fault.
   *
   * @throws AuthenticationFailed when the 401 must be about permission, or a renewal was forced within the last minute
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed when no new token is to be had
   */
  async replaceRejected(wish: TokenWish, { token, url, sentAt }: Rejection): Promise<AccessToken> {
    const key = this.requests.keyFor(wish);
    const renewing = this.renewal.inFlight(key);
    if (renewing !== undefined) return covering(wish.needed, (await renewing).token);
    const found = await this.lookFor(wish, key);
    const other = found.token;
    if (other !== undefined && other.hash !== token.hash && !this.isExpired(other)) {
      return covering(wish.needed, other);
    }
    // Nothing is awaited from here to the renewal's start: of 500 stragglers one passes, and the others join it.
    const underway = this.renewal.inFlight(key);
    if (underway !== undefined) return covering(wish.needed, (await underway).token);
    if (this.speaksOfPermission(found, { token, url, sentAt })) throw new AuthenticationFailed(url);
    if (found.failure !== undefined) throw errorOf(found.failure, key.scopes, found.failure);
    const now = this.clock.now();
    const forcedAt = this.evidence.lastForcedRenewal(key.id);
    if (forcedAt !== undefined && now.getTime() - forcedAt.getTime() < FORCED_RENEWAL_MS) {
      throw new AuthenticationFailed(url);
    }
    return this.force(wish, key, token);
  }

  private async force(wish: TokenWish, key: AccessTokenKey, rejected: AccessToken): Promise<AccessToken> {
    this.evidence.forcedRenewal(key.id, this.clock.now());
    this.evidence.reject(rejected);
    this.cache.doubt(key);
    try {
      return await this.requests.send(wish, {
        key,
        reason: 'forced',
        isUsable: (stored) => !this.isExpired(stored),
      });
    } catch (error) {
      // Who else was told of a new token, but too narrow a one, has no use for the old one either.
      if (!(error instanceof ScopeMismatch)) this.evidence.forcedRenewalFailed(key.id, rejected);
      throw error;
    }
  }

  private async find(wish: TokenWish): Promise<AccessToken> {
    const { registration, needed } = wish;
    const key = this.requests.keyFor(wish);
    const local = this.cache.goodUnder(key)?.token;
    if (local?.hasScopes(needed) === true) {
      this.metrics.localHits += 1;
      return local;
    }
    const found = await this.lookFor(wish, key);
    const { token, failure, isStored } = found;
    const isUsable = (other: AccessToken): boolean => !this.isExpired(other) && !isSameGrant(other, token);
    if (token === undefined || this.isExpired(token))
      return this.renewExpired(wish, { key, found, isUsable });
    this.cache.keep(registration, key, { token, isStored });
    if (token.hasScopes(needed)) {
      if (failure === undefined && this.cache.isDueEarly(key, token)) {
        this.renewEarly(wish, key, token, isUsable);
      }
      this.metrics.served('store');
      return token;
    }
    if (token.ageMs(this.clock.now()) < SCOPE_PROBE_MS) throw new ScopeMismatch(needed, token.scopes);
    return this.requests.send(wish, { key, reason: 'expired', failure, isUsable });
  }

  private async renewExpired(wish: TokenWish, { key, found, isUsable }: ExpiredCase): Promise<AccessToken> {
    const { token, failure, isStored } = found;
    const present = token !== undefined && this.serves(token, wish.needed) ? token : undefined;
    let retryAt = failure?.retryAt;
    if (present === undefined || failure === undefined) {
      try {
        const renewed = await this.requests.send(wish, {
          key,
          reason: 'expired',
          present,
          failure,
          isUsable,
        });
        this.metrics.served('platform');
        return renewed;
      } catch (error) {
        if (present === undefined || !(error instanceof LtiError) || error instanceof ScopeMismatch)
          throw error;
        retryAt = error.retryAt;
      }
    }
    const untilMs = Math.min(retryAt?.getTime() ?? Infinity, servesUntilMs(present));
    this.cache.keep(wish.registration, key, { token: present, isStored, untilMs });
    return present;
  }

  /** Everybody goes on with the present token meanwhile; how it ends is logged, and no caller's affair. */
  private renewEarly(
    wish: TokenWish,
    key: AccessTokenKey,
    present: AccessToken,
    isUsable: (token: AccessToken) => boolean,
  ): void {
    if (this.renewal.inFlight(key) !== undefined) return;
    this.requests.send(wish, { key, reason: 'early', present, isUsable }).catch(() => undefined);
  }

  /** Looks in the store, if there is one. */
  private lookFor({ registration }: TokenWish, key: AccessTokenKey): Promise<Found> {
    if (this.store.isPresent) return this.cache.look(registration, key);
    const failure = this.renewal.standingFailure(key, 'unknown');
    return Promise.resolve({ ...(failure && { failure }), isStored: false });
  }

  private serves(token: AccessToken, needed: readonly string[]): boolean {
    return token.hasScopes(needed) && this.clock.now().getTime() < servesUntilMs(token);
  }

  private speaksOfPermission({ token: stored }: Found, { token, sentAt }: Rejection): boolean {
    const now = this.clock.now();
    // Granted again: that renewal was the answer to somebody's doubt.
    const isRepeated = stored?.repeated === true && stored.hash === token.hash;
    const ageMs = isRepeated ? stored.ageMs(now) : this.evidence.ageMs(token, now);
    return ageMs < FORCED_RENEWAL_MS || this.evidence.hasWorkedSince(token, sentAt);
  }
}

/** No token, or one past its margin. */
interface ExpiredCase {
  key: AccessTokenKey;
  found: Found;
  isUsable: (token: AccessToken) => boolean;
}
