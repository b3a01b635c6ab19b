import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { SingleFlight } from '../common/single-flight.js';
import { TokenMetrics, type TokenRequestReason } from '../metrics/token-metrics.js';
import { type Registration } from '../registrations/registration.entity.js';
import { AccessToken, type AccessTokenKey } from './access-token.js';
import { errorOf, TokenStoreUnavailable } from './access-token.errors.js';
import { failureOf } from './failure-backoff.js';
import { type HeldLease, RefreshLeases } from './refresh-leases.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { type Lease, type RenewalFailure, type StoredAccess } from './stores/token-store.js';
import { TokenEndpoint } from './token-endpoint.js';

/** At most one renewal is forced by 401s or checks under a key in this time, over all processes (docs/tokens.md, rule 7). */
const FORCED_EVERY_MS = 60_000;
const MAX_KEYS = 10_000;

/** The token to get, and why. */
export interface RefreshRequest {
  registration: Registration;
  key: AccessTokenKey;
  reason: TokenRequestReason;
  /** The token that callers use while there is no newer one. */
  present?: AccessToken | undefined;
  /** The token that the platform refused with a 401, or that a check renews. Such a renewal is limited to one a minute. */
  refused?: AccessToken | undefined;
  /** Whether a token that another process stored meanwhile makes the request needless. */
  isUsable: (token: AccessToken) => boolean;
  /** Called when a token request is about to be sent. */
  onRequest: () => void;
}

export interface Refreshed {
  token: AccessToken;
  /** False when the store was down, or refused the token as too late. */
  isStored: boolean;
}

/** The contents of the store under a key, `unknown` in an outage. */
type Stored = StoredAccess | 'unknown' | undefined;

interface Failed {
  failure: RenewalFailure;
  error: LtiError;
}

/**
 * Gets a new token for a key (docs/tokens.md, rules 5 and 8). There is one request at a time for each key, over all processes
 * that share the store. The request belongs to no caller: a caller that gives up does not cancel it.
 */
@Injectable()
export class AccessTokenRefresher implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AccessTokenRefresher.name);
  private readonly inProgress = new SingleFlight<Refreshed>();
  /** The failures of this process. They count where there is no store, or where it is down. */
  private readonly failures = new LRUCache<string, RenewalFailure>({ max: MAX_KEYS });
  /** The last token of each key that this process forced, for a store that is down or does not keep `forcedAt`. */
  private readonly forced = new LRUCache<string, AccessToken>({ max: MAX_KEYS });
  private hasWarnedOfStore = false;

  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly store: ResilientTokenStore,
    private readonly leases: RefreshLeases,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  isRefreshing(key: AccessTokenKey): boolean {
    return this.inProgress.get(key.id) !== undefined;
  }

  /**
   * Joins the request in progress, or starts one.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  refresh(request: RefreshRequest): Promise<Refreshed> {
    return this.inProgress.run(request.key.id, () => this.run(request));
  }

  /** The failure that prevents a request for now: the store's, where there is a store that answers. */
  standingFailure(key: AccessTokenKey, stored: Stored): RenewalFailure | undefined {
    const failure = stored === 'unknown' ? this.failures.get(key.id) : stored?.failure;
    return failure !== undefined && failure.retryAt > this.clock.now() ? failure : undefined;
  }

  /** The token of this process's last forced renewal under a key. */
  lastForced(key: AccessTokenKey): AccessToken | undefined {
    return this.forced.get(key.id);
  }

  /**
   * How long no renewal may be forced under this key, because one was forced within the last minute.
   *
   * @param now by the store's clock
   * @returns milliseconds, 0 when one may be forced
   */
  forcedPauseMs(key: AccessTokenKey, current: AccessToken | undefined, now: Date): number {
    const own = this.forced.get(key.id);
    this.warnIfForcedAtIsLost(own, current);
    const pauses = [own?.forcedAt, current?.forcedAt].map((forcedAt) => {
      if (forcedAt === undefined) return 0;
      const agoMs = now.getTime() - forcedAt.getTime();
      // A clock that was set back does not make the pause longer.
      return Math.abs(agoMs) < FORCED_EVERY_MS ? FORCED_EVERY_MS - Math.max(0, agoMs) : 0;
    });
    return Math.max(...pauses);
  }

  /** Resolves when no request is in progress, background renewals included. All of them have time-outs. */
  settled(): Promise<void> {
    return this.inProgress.settled();
  }

  /** Other processes need a token that was granted, so the store and the HTTP client stay open until it is stored. */
  beforeApplicationShutdown(): Promise<void> {
    return this.settled();
  }

  /** After an edit: the next caller sends a request. */
  forgetFailures(registrationId: string): void {
    for (const keyId of [...this.failures.keys()]) {
      if (keyId.startsWith(`${registrationId}:`)) this.failures.delete(keyId);
    }
  }

  /** Stores a token that the store does not have. Returns whether the store has this token, or a newer one. */
  async offer(key: AccessTokenKey, token: AccessToken): Promise<boolean> {
    const lease = await this.leases.acquire(key);
    if (lease === undefined) return false;
    const stored = await this.store.read(key);
    const isKnown = stored !== 'unknown';
    if (isKnown && (stored?.token === undefined || stored.token.issuedAt < token.issuedAt)) {
      return this.store.call('commit', (store) => store.commit(lease, token));
    }
    await this.leases.release(lease);
    return isKnown;
  }

  private async run(request: RefreshRequest): Promise<Refreshed> {
    if (!this.store.isPresent) return this.withoutStore(request);
    let held: HeldLease | AccessToken;
    try {
      held = await this.leases.acquireOr(request.key, (stored) => this.usableIn(stored, request));
    } catch (error) {
      if (error instanceof TokenStoreUnavailable) return this.withoutStore(request);
      throw error;
    }
    if (held instanceof AccessToken) return { token: held, isStored: true };
    const { lease, waited } = held;
    return this.leases.keep(lease, () => this.withLease(lease, waited, request));
  }

  /** Without a store, or in its outage, the token and the failure stay in this process. */
  private async withoutStore(request: RefreshRequest): Promise<Refreshed> {
    // Throws the standing failure of this process.
    this.usableIn('unknown', request);
    const now = this.clock.now();
    const kept = this.keptInPause(request, undefined, now);
    if (kept !== undefined) return { token: kept, isStored: false };
    const answer = await this.send(request, 'unknown', isForced(request) ? now : undefined);
    if ('error' in answer) throw answer.error;
    return { token: answer, isStored: false };
  }

  /** Reads again first: the last holder may have written a token after this process found none and before it had the lease. */
  private async withLease(lease: Lease, waited: boolean, request: RefreshRequest): Promise<Refreshed> {
    const stored = await this.store.read(lease.key);
    const forcedAt = isForced(request) ? await this.store.now() : undefined;
    let answer: AccessToken | Failed;
    try {
      const token =
        this.usableIn(stored, request) ?? (forcedAt && this.keptInPause(request, tokenIn(stored), forcedAt));
      if (token !== undefined) {
        await this.leases.release(lease);
        return { token, isStored: true };
      }
      if (waited) this.metrics.takeover();
      answer = await this.send(request, stored, forcedAt);
    } catch (error) {
      await this.leases.release(lease);
      throw error;
    }
    return 'error' in answer
      ? this.storeFailure(lease, request, answer)
      : this.storeToken(lease, request, answer);
  }

  /**
   * The token that another process stored, if it is usable.
   *
   * @throws the standing failure as an error
   */
  private usableIn(stored: Stored, { key, reason, isUsable }: RefreshRequest): AccessToken | undefined {
    const token = tokenIn(stored);
    if (token !== undefined && isUsable(token)) return token;
    // The operator may have corrected the cause of the failure just now.
    if (reason === 'check') return undefined;
    const failure = this.standingFailure(key, stored);
    if (failure !== undefined) throw errorOf(failure, key.scopes, failure);
    return undefined;
  }

  /** The token that serves on although a call was refused with it, because a renewal was forced within the last minute. */
  private keptInPause(
    { key, refused, isUsable }: RefreshRequest,
    current: AccessToken | undefined,
    now: Date,
  ): AccessToken | undefined {
    if (refused === undefined || this.forcedPauseMs(key, current, now) === 0) return undefined;
    const own = this.forced.get(key.id);
    if (own !== undefined && isUsable(own)) return own;
    // A token that has expired meanwhile is renewed because it expired.
    return current === undefined || current.hash === refused.hash ? refused : undefined;
  }

  private warnIfForcedAtIsLost(own: AccessToken | undefined, stored: AccessToken | undefined): void {
    if (own === undefined || own.hash !== stored?.hash || stored.forcedAt !== undefined) return;
    if (this.hasWarnedOfStore) return;
    this.hasWarnedOfStore = true;
    this.logger.warn(
      'The token store does not keep `forcedAt` of a token: so each process may force one renewal each minute.',
    );
  }

  private async storeToken(lease: Lease, request: RefreshRequest, token: AccessToken): Promise<Refreshed> {
    const isStored = await this.store
      .call('commit', (store) => store.commit(lease, token))
      .catch(() => undefined);
    const newer = isStored === false ? await this.afterLostLease(request) : undefined;
    return newer ?? { token, isStored: isStored === true };
  }

  private async storeFailure(
    lease: Lease,
    request: RefreshRequest,
    { error, failure }: Failed,
  ): Promise<Refreshed> {
    if (request.reason === 'check') {
      await this.leases.release(lease);
      throw error;
    }
    const isStored = await this.store
      .call('fail', (store) => store.fail(lease, failure))
      .catch(() => undefined);
    const newer = isStored === false ? await this.afterLostLease(request) : undefined;
    if (newer === undefined) throw error;
    return newer;
  }

  /** Another process took the lease over meanwhile: the token that it stored counts. */
  private async afterLostLease({ key, isUsable }: RefreshRequest): Promise<Refreshed | undefined> {
    this.metrics.leaseLost();
    this.logger.warn(
      `The lease of access token ${key.id} expired during its renewal, so this process did not store the result.`,
    );
    const token = tokenIn(await this.store.read(key));
    return token !== undefined && isUsable(token) ? { token, isStored: true } : undefined;
  }

  /** Sends the token request, and keeps its outcome in the memory of this process. */
  private async send(
    { registration, key, reason, present, onRequest }: RefreshRequest,
    stored: Stored,
    forcedAt: Date | undefined,
  ): Promise<AccessToken | Failed> {
    const last = tokenIn(stored) ?? present;
    // The store's failure counts where the store answers: another process may have succeeded since this one failed.
    const earlier = stored === 'unknown' ? this.failures.get(key.id) : stored?.failure;
    const startedAt = this.clock.now();
    const seconds = (): number => (this.clock.now().getTime() - startedAt.getTime()) / 1000;
    onRequest();
    try {
      const answered = await this.endpoint.request(registration, key.scopes, key.deploymentId);
      const isRepeated = answered.hash === last?.hash;
      const lastForcedAt = forcedAt ?? last?.forcedAt;
      const token = answered.with({ repeated: isRepeated, ...(lastForcedAt && { forcedAt: lastForcedAt }) });
      if (forcedAt !== undefined) this.forced.set(key.id, token);
      this.failures.delete(key.id);
      this.metrics.request('granted', reason, seconds());
      this.logger.log(
        `Access token for "${registration.name}" (${registration.id}) granted until ${token.expiresAt.toISOString()} ` +
          `(${reason}${isRepeated ? ', the same token again' : ''}, ${seconds()} s)`,
      );
      return token;
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      const attempts = earlier?.attempts ?? 0;
      const failure = failureOf(error, { now: this.clock.now(), earlier: attempts, present });
      this.metrics.request(failure.kind, reason, seconds());
      // A check delays no other caller, so its failure is not kept.
      const isKept = reason !== 'check';
      if (isKept) this.failures.set(key.id, failure);
      this.logger.warn(
        `No access token for "${registration.name}" (${registration.id}, ${reason}): ${error.message}` +
          (isKept ? ` Next request after ${failure.retryAt.toISOString()}.` : ''),
      );
      return { failure, error: errorOf(failure, key.scopes, error) };
    }
  }
}

/** Whether the renewal counts for the limit of one a minute. */
function isForced({ reason }: RefreshRequest): boolean {
  return reason === 'forced' || reason === 'check';
}

function tokenIn(stored: Stored): AccessToken | undefined {
  return stored === 'unknown' ? undefined : stored?.token;
}
