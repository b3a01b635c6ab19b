import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { type AccessToken } from './access-token.js';
import { AccessTokenCache } from './access-token.cache.js';
import {
  AuthenticationFailed,
  AuthenticationUndecided,
  errorOf,
  type RefusedCall,
  ScopeMismatch,
} from './access-token.errors.js';
import { AccessTokenManager, covering, type RefreshPlan, type TokenNeed } from './access-token.manager.js';
import { AccessTokenRefresher } from './access-token.refresher.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';

/** Servers of one store may differ in time by this much. */
const CLOCK_SLACK_MS = 1000;
/** A job waits at least this long after an inconclusive 401, so that other calls can show whether the token is alive. */
const MIN_WAIT_MS = 30_000;
/** After this time a refusal says nothing about the next one: courses may be open again, and tokens expire. */
const REFUSAL_COUNTS_MS = 15 * 60_000;
const MAX_REMEMBERED = 10_000;

/** One call with its 401s. */
export interface Refusal {
  /** Method and URL. */
  call: string;
  url: string;
  /** The tokens that were refused, the last one last. */
  tokens: AccessToken[];
  /** The first of the 401s. */
  first?: RefusedCall;
}

/** The last 401 of a call. */
interface EarlierRefusal extends RefusedCall {
  /** The tool lacks the permission. */
  conclusive?: true;
}

/**
 * Decides what a 401 means, a dead token or missing permission, and finds another token for the call (docs/tokens.md, rule
 * 7). For this it remembers which tokens have succeeded, and which calls were refused.
 */
@Injectable()
export class RefusedCalls {
  private readonly maxMarginMs: number;
  /** By token hash: when the last successful request with the token was sent, in epoch milliseconds. */
  private readonly succeededMs = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  /** By call. */
  private readonly refusals = new LRUCache<string, EarlierRefusal>({ max: MAX_REMEMBERED });

  constructor(
    private readonly tokens: AccessTokenManager,
    private readonly cache: AccessTokenCache,
    private readonly refresher: AccessTokenRefresher,
    private readonly store: ResilientTokenStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) config: LtiConfig,
  ) {
    this.maxMarginMs = config.accessTokens.margin;
  }

  /**
   * The answer to a call was not an error, so the token was alive when the call was sent.
   *
   * @param sentMs epoch milliseconds by the clock of this process
   */
  succeeded(call: string, { hash }: AccessToken, sentMs: number): void {
    const lastMs = this.succeededMs.get(hash);
    if (lastMs === undefined || lastMs < sentMs) this.succeededMs.set(hash, sentMs);
    if (this.refusals.size > 0) this.refusals.delete(call);
  }

  /** Remembers the 401 that a job met in an earlier try. Keeps the newest 401 of each call. */
  remember(refusal: EarlierRefusal): void {
    const known = this.refusals.get(refusal.call);
    if (known !== undefined && known.refusedAtMs > refusal.refusedAtMs) return;
    this.refusals.set(refusal.call, refusal);
  }

  /**
   * Another token, with which the call is to be made again.
   *
   * @throws AuthenticationFailed when the token is known to be alive
   * @throws AuthenticationUndecided when no new token may be requested yet
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed when no new token can be had
   */
  async replaceToken(need: TokenNeed, refusal: Refusal): Promise<AccessToken> {
    const { call, url, tokens } = refusal;
    const token = lastOf(tokens);
    const arrivedMs = this.clock.nowMs();
    const key = this.tokens.keyFor(need);
    const [known, now] = await Promise.all([this.cache.read(key), this.store.now()]);
    const refused = { call, tokenHash: token.hash, refusedAtMs: now.getTime() };
    const earlier = refusal.first ?? this.earlierRefusal(call, now.getTime());
    const isAlive = this.hasSucceededSince(token.hash, arrivedMs, this.clock.nowMs());
    if (isAlive || (earlier && this.isConclusive(refusal, earlier, now))) {
      this.remember({ ...refused, conclusive: true });
      throw new AuthenticationFailed(url);
    }
    this.remember(refused);
    refusal.first ??= refused;

    const isOther = (other: AccessToken): boolean => !tokens.some(({ hash }) => hash === other.hash);
    const isUsable = (other: AccessToken): boolean => isOther(other) && !this.tokens.isExpired(other);
    const current = this.store.isPresent ? known.token : this.refresher.lastForced(key);
    if (current !== undefined && isUsable(current)) return covering(need.needed, current);
    if (known.failure !== undefined) throw errorOf(known.failure, key.scopes, known.failure);

    const undecided = (waitMs: number): AuthenticationUndecided => {
      const retryAt = new Date(this.clock.nowMs() + Math.max(MIN_WAIT_MS, waitMs));
      return new AuthenticationUndecided(url, retryAt, refused);
    };
    const hasExpired = token.isExpired(this.clock.now(), this.maxMarginMs);
    const pauseMs = this.refresher.forcedPauseMs(key, known.token, now);
    if (!hasExpired && pauseMs > 0 && !this.refresher.isRefreshing(key)) {
      // The store may have been read before a renewal by this process, which has ended meanwhile.
      const renewed = this.refresher.lastForced(key);
      if (renewed !== undefined && isUsable(renewed)) return covering(need.needed, renewed);
      throw undecided(pauseMs);
    }
    const next = await (hasExpired
      ? this.tokens.obtain(need)
      : this.forceRefresh(need, token, { key, reason: 'forced', refused: token, isUsable }));
    if (isOther(next) || isRequestedAfter(next, refused)) return next;
    throw undecided(this.refresher.forcedPauseMs(key, next, now));
  }

  /** While the renewal is in progress, no other call is given the refused token. */
  private async forceRefresh(need: TokenNeed, refused: AccessToken, plan: RefreshPlan): Promise<AccessToken> {
    this.cache.setAside(refused);
    this.cache.expire(plan.key.id);
    try {
      return await this.tokens.refresh(need, plan);
    } catch (error) {
      // A new token with too few scopes has replaced the refused one, too.
      if (!(error instanceof ScopeMismatch)) this.cache.restore(refused);
      throw error;
    }
  }

  /**
   * Whether the call may not be made with any token. Either its earlier 401 was about permission, because the token
   * succeeded later. Or a token that was requested after the earlier 401 is refused as well.
   *
   * A job may try again so late that the later token has died, too. If that token has succeeded in this process, there are
   * other calls, and the next try will show whether it has succeeded after this 401.
   */
  private isConclusive({ tokens, first }: Refusal, earlier: EarlierRefusal, now: Date): boolean {
    if (earlier.conclusive === true) return true;
    const nowMs = this.clock.nowMs();
    const behindMs = now.getTime() - nowMs;
    const earlierMs = earlier.refusedAtMs - behindMs + CLOCK_SLACK_MS;
    if (this.hasSucceededSince(earlier.tokenHash, earlierMs, nowMs)) return true;
    const token = lastOf(tokens);
    if (!isRequestedAfter(token, earlier)) return false;
    const isRepetition = first !== undefined;
    const requestedMs = (token.forcedAt?.getTime() ?? 0) - behindMs;
    return isRepetition || !this.hasSucceededSince(token.hash, requestedMs, nowMs);
  }

  /** The last 401 of a call that has not succeeded since. */
  private earlierRefusal(call: string, nowMs: number): EarlierRefusal | undefined {
    const refusal = this.refusals.get(call);
    return refusal !== undefined && nowMs - refusal.refusedAtMs < REFUSAL_COUNTS_MS ? refusal : undefined;
  }

  /** Whether a request that was sent with the token after this moment has succeeded. All times by the clock of this process. */
  private hasSucceededSince(tokenHash: string, sinceMs: number, nowMs: number): boolean {
    const lastMs = this.succeededMs.get(tokenHash);
    // A time in the future is from before the clock was set back, and proves nothing.
    return lastMs !== undefined && lastMs > sinceMs && lastMs <= nowMs;
  }
}

/** Whether a token was requested after a call was refused. Both times are by the store's clock. */
function isRequestedAfter({ forcedAt }: AccessToken, { refusedAtMs }: RefusedCall): boolean {
  return forcedAt !== undefined && forcedAt.getTime() >= refusedAtMs;
}

function lastOf(tokens: readonly AccessToken[]): AccessToken {
  const token = tokens.at(-1);
  if (token === undefined) throw new Error('A refusal has at least one refused token.');
  return token;
}
