import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { LtiConfig } from '../config/lti-config.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
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
    if (this.renewal.inFlight(key) !== undefined) return this.newToken(wish, key);
    const found = await this.lookFor(key);
    const other = found.token;
    if (other !== undefined && other.hash !== token.hash && !this.isExpired(other)) {
      return covering(wish.needed, other);
    }
    // Nothing is awaited from here to the renewal's start: of 500 stragglers one passes, and the others join it.
    if (this.renewal.inFlight(key) !== undefined) return this.newToken(wish, key);
    if (this.speaksOfPermission(found, { token, url, sentAt })) throw AuthenticationFailed.conclusive(url);
    if (found.failure !== undefined) throw errorOf(found.failure, key.scopes, found.failure);
    const now = this.clock.now();
    const forcedAt = this.evidence.lastForcedRenewal(key.id);
    if (forcedAt !== undefined && now.getTime() - forcedAt.getTime() < FORCED_RENEWAL_MS) {
      throw AuthenticationFailed.conclusive(url);
    }
    return this.force(wish, key, token);
  }

  private async force(wish: TokenWish, key: AccessTokenKey, rejected: AccessToken): Promise<AccessToken> {
    this.evidence.forcedRenewal(key.id, this.clock.now());
    this.evidence.reject(rejected);
    this.cache.doubt(key);
    try {
      return await this.newToken(wish, key);
    } catch (error) {
      // Who else was told of a new token, but too narrow a one, has no use for the old one either.
      if (!(error instanceof ScopeMismatch)) this.evidence.forcedRenewalFailed(key.id, rejected);
      throw error;
    }
  }

  /** By the renewal underway, or by one of its own. */
  private newToken(wish: TokenWish, key: AccessTokenKey): Promise<AccessToken> {
    return this.requests.send(wish, {
      key,
      reason: 'forced',
      isUsable: (stored) => !this.isExpired(stored),
    });
  }

  private async find(wish: TokenWish): Promise<AccessToken> {
    const { registration, needed } = wish;
    const key = this.requests.keyFor(wish);
    const local = this.cache.goodUnder(key)?.token;
    if (local?.hasScopes(needed) === true) {
      this.metrics.localHits += 1;
      return local;
    }
    const found = await this.lookFor(key);
    const { token, failure, isStored } = found;
    const isUsable = (other: AccessToken): boolean => !this.isExpired(other) && !isSameGrant(other, token);
    if (token === undefined || this.isExpired(token))
      return this.renewExpired(wish, { key, found, isUsable });
    if (!found.isOutdated) this.cache.keep(registration, key, { token, isStored });
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
    const { needed } = wish;
    const present = this.serves(token, needed) ? token : undefined;
    const rejected = this.cache.rejectedUnder(key);
    const serve = (last: AccessToken, { retryAt }: { retryAt?: Date | undefined }): AccessToken =>
      this.serveOn(wish, key, { token: last, isStored, retryAt });
    if (present !== undefined && failure !== undefined) return serve(present, failure);
    try {
      const renewed = await this.requests.send(wish, { key, reason: 'expired', present, failure, isUsable });
      this.metrics.served('platform');
      return renewed;
    } catch (error) {
      if (!(error instanceof LtiError) || error instanceof ScopeMismatch) throw error;
      if (present !== undefined) return serve(present, error);
      // Nothing better came of somebody's doubt, and the 401 may have been about permission.
      if (this.serves(rejected, needed)) return serve(rejected, error);
      throw error;
    }
  }

  /** The token that there is, until the next try may be made. */
  private serveOn(
    { registration }: TokenWish,
    key: AccessTokenKey,
    { token, isStored, retryAt }: { token: AccessToken; isStored: boolean; retryAt: Date | undefined },
  ): AccessToken {
    const untilMs = Math.min(retryAt?.getTime() ?? Infinity, servesUntilMs(token));
    this.cache.keep(registration, key, { token, isStored, untilMs });
    this.metrics.served('store');
    return token;
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
  private lookFor(key: AccessTokenKey): Promise<Found> {
    if (this.store.isPresent) return this.cache.look(key);
    const failure = this.renewal.standingFailure(key, 'unknown');
    return Promise.resolve({ ...(failure && { failure }), isStored: false, isOutdated: false });
  }

  /** To its last moment, while no newer one is to be had. */
  private serves(token: AccessToken | undefined, needed: readonly string[]): token is AccessToken {
    if (token?.hasScopes(needed) !== true || this.evidence.isRejected(token)) return false;
    return this.clock.now().getTime() < servesUntilMs(token);
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
