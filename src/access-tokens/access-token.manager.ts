import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { LtiConfig } from '../config/lti-config.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { SCOPE_PROBE_MS } from './failure-backoff.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { AuthenticationFailed, errorOf, type RefusedCall, ScopeMismatch } from './access-token.errors.js';
import { type Found, TokenCache } from './token-cache.service.js';
import { type EarlierRefusal, TokenEvidence } from './token-evidence.js';
import { earlyRenewalMs, isSameGrant, servesUntilMs } from './token-life.js';
import { AccessTokenRefresher } from './access-token.refresher.js';
import { covering, type TokenOrder, TokenRequests, type TokenWish } from './token-requests.service.js';

/** Servers of one store may tell slightly different times. */
const CLOCK_SLACK_MS = 1000;
/** A job that met a 401 which proves nothing waits at least as long: evidence comes with the calls of others. */
const SHORTEST_WAIT_MS = 30_000;

/** A call that was answered 401. */
export interface Refusal {
  /** Method and URL. */
  call: string;
  url: string;
  /** The tokens that it was refused with, the last one last. */
  tokens: AccessToken[];
  /** What is known of the first of these refusals. */
  first?: RefusedCall;
}

/** Finds or renews access tokens by the rules of their life (docs/tokens.md). Knows about expiry, which the stores do not. */
@Injectable()
export class AccessTokenManager implements OnModuleInit {
  private readonly maxMarginMs: number;

  constructor(
    private readonly requests: TokenRequests,
    private readonly renewal: AccessTokenRefresher,
    private readonly cache: TokenCache,
    private readonly store: ResilientTokenStore,
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

  /** Whether the token is used up, or set aside after a 401. */
  isExpired(token: AccessToken): boolean {
    return token.isExpired(this.clock.now(), this.maxMarginMs) || this.evidence.isAside(token);
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
  worked(call: string, token: AccessToken, sentMs: number): void {
    this.evidence.worked(call, token, sentMs);
  }

  /** What a job remembers of its last try. */
  recallRefusal(refusedCall: RefusedCall): void {
    this.evidence.refused(refusedCall);
  }

  /**
   * After a 401: another token, with which the call is made again.
   *
   * @throws AuthenticationFailed when the token is known to be alive, or no new one may be requested yet
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed when no new token is to be had
   */
  async replaceRefused(wish: TokenWish, refusal: Refusal): Promise<AccessToken> {
    const { call, url, tokens } = refusal;
    const token = lastOf(tokens);
    const arrivedMs = this.clock.nowMs();
    const key = this.requests.keyFor(wish);
    const [found, now] = await Promise.all([this.lookFor(key), this.store.now()]);
    const refused = { call, tokenHash: token.hash, refusedAtMs: now.getTime() };
    const earlier = refusal.first ?? this.evidence.earlierRefusal(call, now.getTime());
    const isProven = this.evidence.hasWorkedSince(token.hash, arrivedMs, this.clock.nowMs());
    if (isProven || (earlier && this.isConclusive(refusal, earlier, now))) {
      this.evidence.refused({ ...refused, conclusive: true });
      throw AuthenticationFailed.conclusive(url);
    }
    this.evidence.refused(refused);
    refusal.first ??= refused;

    const isOther = (other: AccessToken): boolean => !tokens.some(({ hash }) => hash === other.hash);
    const isUsable = (other: AccessToken): boolean => isOther(other) && !this.isExpired(other);
    const current = this.store.isPresent ? found.token : this.renewal.lastForced(key);
    if (current !== undefined && isUsable(current)) return covering(wish.needed, current);
    if (found.failure !== undefined) throw errorOf(found.failure, key.scopes, found.failure);

    const inconclusive = (waitMs: number): AuthenticationFailed => {
      const retryAt = new Date(this.clock.nowMs() + Math.max(SHORTEST_WAIT_MS, waitMs));
      return AuthenticationFailed.inconclusive(url, retryAt, refused);
    };
    const hasExpired = token.isExpired(this.clock.now(), this.maxMarginMs);
    const pauseMs = this.renewal.forcedPauseMs(key, found.token, now);
    if (!hasExpired && pauseMs > 0 && this.renewal.inFlight(key) === undefined) throw inconclusive(pauseMs);
    const next = await (hasExpired ? this.obtain(wish) : this.force(wish, { key, refused: token, isUsable }));
    if (isOther(next) || isRequestedAfter(next, refused)) return next;
    throw inconclusive(this.renewal.forcedPauseMs(key, next, now));
  }

  /**
   * Whether a call that is refused once more may not be made with any token: its earlier refusal was about permission, for
   * the token worked later; or a token that was requested after that refusal is refused as well.
   *
   * That later token may have died, too, before a job met it at its next try. Where it has worked in this process there
   * are other calls, and the next try will know whether it has worked after this refusal.
   */
  private isConclusive({ tokens, first }: Refusal, earlier: EarlierRefusal, now: Date): boolean {
    if (earlier.conclusive === true) return true;
    const nowMs = this.clock.nowMs();
    const behindMs = now.getTime() - nowMs;
    const earlierMs = earlier.refusedAtMs - behindMs + CLOCK_SLACK_MS;
    if (this.evidence.hasWorkedSince(earlier.tokenHash, earlierMs, nowMs)) return true;
    const token = lastOf(tokens);
    if (!isRequestedAfter(token, earlier)) return false;
    const isRepetition = first !== undefined;
    const requestedMs = (token.forcedAt?.getTime() ?? 0) - behindMs;
    return isRepetition || !this.evidence.hasWorkedSince(token.hash, requestedMs, nowMs);
  }

  /** While the renewal runs, no other call is given the token that was refused. */
  private async force(
    wish: TokenWish,
    order: Pick<TokenOrder, 'key' | 'isUsable'> & { refused: AccessToken },
  ): Promise<AccessToken> {
    this.evidence.setAside(order.refused);
    this.cache.doubt(order.key);
    try {
      return await this.requests.send(wish, { ...order, reason: 'forced' });
    } catch (error) {
      // A new token that is too narrow has replaced it all the same.
      if (!(error instanceof ScopeMismatch)) this.evidence.takeBack(order.refused);
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
    const aside = this.cache.asideUnder(key);
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
      if (this.serves(aside, needed)) return serve(aside, error);
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
    if (token?.hasScopes(needed) !== true || this.evidence.isAside(token)) return false;
    return this.clock.now().getTime() < servesUntilMs(token);
  }
}

/** Whether a token was requested after a call had been refused: both by the store's clock. */
function isRequestedAfter({ forcedAt }: AccessToken, { refusedAtMs }: RefusedCall): boolean {
  return forcedAt !== undefined && forcedAt.getTime() >= refusedAtMs;
}

function lastOf(tokens: readonly AccessToken[]): AccessToken {
  const token = tokens.at(-1);
  if (token === undefined) throw new Error('A refusal names the tokens that were refused.');
  return token;
}

/** No token, or one past its margin. */
interface ExpiredCase {
  key: AccessTokenKey;
  found: Found;
  isUsable: (token: AccessToken) => boolean;
}
