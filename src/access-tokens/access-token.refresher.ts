import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { TokenMetrics, type TokenRequestReason } from '../metrics/token-metrics.js';
import { type Registration } from '../registrations/registration.entity.js';
import { AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type Lease, type RenewalFailure, type StoredAccess } from './stores/token-store.js';
import { TokenStoreUnavailable } from './stores/token-store.errors.js';
import { failureOf } from './failure-backoff.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { errorOf } from './access-token.errors.js';
import { remember } from '../common/remember.js';
import { type HeldLease, RefreshLeases } from './refresh-leases.js';
import { TokenEndpoint } from './token-endpoint.js';

/** What is to be renewed, and why. */
export interface RenewalOrder {
  registration: Registration;
  key: AccessTokenKey;
  reason: TokenRequestReason;
  /** The token that callers go on with while there is no newer one. */
  present?: AccessToken;
  /** The token that the platform refused with a 401: a renewal because of it is limited to one a minute. */
  refused?: AccessToken | undefined;
  /** Whether a token that another process has stored meanwhile makes the request needless. */
  isUsable: (token: AccessToken) => boolean;
  /** Called when a request is about to be sent. */
  onRequest: () => void;
}

/** What came of it. */
export interface Renewal {
  token: AccessToken;
  /** False when the store was down, or took the token for too late. */
  isStored: boolean;
}

/** At most one renewal is forced by 401s under a key in this time, over all processes. */
const FORCED_EVERY_MS = 60_000;

/** What is stored under a key, and what time it is, by the store's clock, before a request that a 401 forces. */
interface Situation {
  stored: StoredAccess | 'unknown' | undefined;
  forcedAt?: Date;
}

interface Granted {
  token: AccessToken;
}
interface Refused {
  failure: RenewalFailure;
  error: LtiError;
}

/** Renews the token of a key: one request at a time, which belongs to nobody (a caller that gives up cancels nothing). */
@Injectable()
export class AccessTokenRefresher implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AccessTokenRefresher.name);
  private readonly underway = new Map<string, Promise<Renewal>>();
  /** What this process saw itself: the word that counts where no store has one. */
  private readonly failures = new Map<string, RenewalFailure>();
  /** The last token of each key that this process forced: for the store that keeps no `forcedAt`, or is not there. */
  private readonly forced = new Map<string, AccessToken>();
  private warnedOfStore = false;

  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly store: ResilientTokenStore,
    private readonly leases: RefreshLeases,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The renewal that is underway for this key, if one is. */
  inFlight(key: AccessTokenKey): Promise<Renewal> | undefined {
    return this.underway.get(key.id);
  }

  /**
   * Joins the renewal underway, or starts one: at once, so that of many callers in one turn one starts it.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  renew(order: RenewalOrder): Promise<Renewal> {
    const { id } = order.key;
    const underway = this.underway.get(id);
    if (underway !== undefined) return underway;
    const renewal = this.run(order).finally(() => this.underway.delete(id));
    this.underway.set(id, renewal);
    return renewal;
  }

  /** The failure that still stands in the way of a request: the store's word, where there is a store that answers. */
  standingFailure(
    key: AccessTokenKey,
    stored: StoredAccess | 'unknown' | undefined,
  ): RenewalFailure | undefined {
    const failure = stored === 'unknown' ? this.failures.get(key.id) : stored?.failure;
    return failure !== undefined && failure.retryAt > this.clock.now() ? failure : undefined;
  }

  /** The token that this process' last forced renewal of a key brought. */
  lastForced(key: AccessTokenKey): AccessToken | undefined {
    return this.forced.get(key.id);
  }

  /**
   * How long no renewal may be forced under this key, because one was forced lately.
   *
   * @param now by the store's clock
   * @returns milliseconds, 0 when one may be forced
   */
  forcedPauseMs(key: AccessTokenKey, current: AccessToken | undefined, now: Date): number {
    const own = this.forced.get(key.id);
    this.checkIsKept(own, current);
    const pauses = [own?.forcedAt, current?.forcedAt].map((forcedAt) => {
      if (forcedAt === undefined) return 0;
      const agoMs = now.getTime() - forcedAt.getTime();
      // A clock that was set back ends no pause late.
      return Math.abs(agoMs) < FORCED_EVERY_MS ? FORCED_EVERY_MS - Math.max(0, agoMs) : 0;
    });
    return Math.max(...pauses);
  }

  /** Resolves when no renewal is underway: those in the background, too, end within their bounds. */
  async atRest(): Promise<void> {
    while (this.underway.size > 0) await Promise.allSettled(this.underway.values());
  }

  /** A token that was granted is for the other processes as well; so the store and the way out stay until it is there. */
  beforeApplicationShutdown(): Promise<void> {
    return this.atRest();
  }

  /** An edit or an operator's check asks afresh. */
  forgetFailures(registrationId: string): void {
    for (const keyId of this.failures.keys()) {
      if (keyId.startsWith(`${registrationId}:`)) this.failures.delete(keyId);
    }
  }

  /** Gives the store a token that it lacks, unless it has a newer one by now. Says whether it has this one or a newer one. */
  async offer(key: AccessTokenKey, token: AccessToken): Promise<boolean> {
    const lease = await this.leases.acquire(key);
    if (lease === undefined) return false;
    const stored = await this.read(key);
    const isKnown = stored !== 'unknown';
    if (isKnown && (stored?.token === undefined || stored.token.issuedAt < token.issuedAt)) {
      return this.store.call('commit', (store) => store.commit(lease, token));
    }
    await this.leases.release(lease);
    return isKnown;
  }

  private async run(order: RenewalOrder): Promise<Renewal> {
    if (!this.store.isPresent) return this.alone(order);
    const settled = (stored: StoredAccess | undefined) => this.settledBy(order, stored);
    let held: HeldLease | AccessToken;
    try {
      held = await this.leases.acquireOr(order.key, settled);
    } catch (error) {
      if (error instanceof TokenStoreUnavailable) return this.alone(order);
      throw error;
    }
    if (held instanceof AccessToken) return { token: held, isStored: true };
    const { lease, waited } = held;
    return this.leases.keep(lease, () => this.underLease(lease, waited, order));
  }

  /** Without a store: the token and the failure are this process' own affair. */
  private async alone(order: RenewalOrder): Promise<Renewal> {
    this.settledBy(order, 'unknown');
    const now = this.clock.now();
    const staying = this.staying(order, undefined, now);
    if (staying !== undefined) return { token: staying, isStored: false };
    const asked = await this.ask(order, { stored: 'unknown', forcedAt: now });
    if ('error' in asked) throw asked.error;
    return { token: asked.token, isStored: false };
  }

  /** Reads again first: between the reading that found no token and the lease, its last holder may have written one. */
  private async underLease(lease: Lease, waited: boolean, order: RenewalOrder): Promise<Renewal> {
    const stored = await this.read(lease.key);
    const forcedAt = order.reason === 'forced' ? await this.store.now() : undefined;
    try {
      const token =
        this.settledBy(order, stored) ??
        (forcedAt && this.staying(order, stored === 'unknown' ? undefined : stored?.token, forcedAt));
      if (token !== undefined) {
        await this.leases.release(lease);
        return { token, isStored: true };
      }
    } catch (error) {
      await this.leases.release(lease);
      throw error;
    }
    if (waited) this.metrics.takeover();
    const asked = await this.ask(order, { stored, ...(forcedAt && { forcedAt }) }).catch(
      async (fault: unknown) => {
        await this.leases.release(lease);
        throw fault;
      },
    );
    return 'error' in asked ? this.mark(lease, order, asked) : this.commit(lease, order, asked.token);
  }

  private async read(key: AccessTokenKey): Promise<StoredAccess | 'unknown' | undefined> {
    return this.store.call('get', (store) => store.get(key)).catch(() => 'unknown' as const);
  }

  /**
   * The token that another process has stored, if it will do.
   *
   * @throws the standing failure as an error
   */
  private settledBy(
    order: RenewalOrder,
    stored: StoredAccess | 'unknown' | undefined,
  ): AccessToken | undefined {
    const token = stored === 'unknown' ? undefined : stored?.token;
    if (token !== undefined && order.isUsable(token)) return token;
    const failure = this.standingFailure(order.key, stored);
    if (failure !== undefined) throw errorOf(failure, order.key.scopes, failure);
    return undefined;
  }

  /** The token that goes on serving, though a call was refused with it: a renewal was forced less than a minute ago. */
  private staying(order: RenewalOrder, current: AccessToken | undefined, now: Date): AccessToken | undefined {
    const { key, refused } = order;
    if (refused === undefined || this.forcedPauseMs(key, current, now) === 0) return undefined;
    const own = this.forced.get(key.id);
    if (own !== undefined && order.isUsable(own)) return own;
    // A token that has expired meanwhile is renewed for that.
    return current === undefined || current.hash === refused.hash ? refused : undefined;
  }

  private checkIsKept(own: AccessToken | undefined, stored: AccessToken | undefined): void {
    if (own === undefined || own.hash !== stored?.hash || stored.forcedAt !== undefined) return;
    if (this.warnedOfStore) return;
    this.warnedOfStore = true;
    this.logger.warn(
      'The token store does not keep `forcedAt` of a token: each process may force a renewal of its own each minute.',
    );
  }

  private async commit(lease: Lease, order: RenewalOrder, token: AccessToken): Promise<Renewal> {
    const isStored = await this.store
      .call('commit', (store) => store.commit(lease, token))
      .catch(() => undefined);
    const newer = isStored === false ? await this.afterLostLease(order) : undefined;
    return newer ?? { token, isStored: isStored === true };
  }

  private async mark(lease: Lease, order: RenewalOrder, { error, failure }: Refused): Promise<Renewal> {
    const isMarked = await this.store
      .call('fail', (store) => store.fail(lease, failure))
      .catch(() => undefined);
    const newer = isMarked === false ? await this.afterLostLease(order) : undefined;
    if (newer === undefined) throw error;
    return newer;
  }

  /** Another process took over meanwhile: what it stored counts. */
  private async afterLostLease({ key, isUsable }: RenewalOrder): Promise<Renewal | undefined> {
    this.metrics.leaseLost();
    this.logger.warn(`The lease of ${key.id} was lost in mid-renewal; what others stored meanwhile stays.`);
    const stored = await this.read(key);
    const token = stored === 'unknown' ? undefined : stored?.token;
    return token !== undefined && isUsable(token) ? { token, isStored: true } : undefined;
  }

  /** The request itself, and what is remembered of it. */
  private async ask(order: RenewalOrder, { stored, forcedAt }: Situation): Promise<Granted | Refused> {
    const { registration, key, reason } = order;
    const isKnown = stored !== 'unknown';
    const last = (isKnown ? stored?.token : undefined) ?? order.present;
    // Where the store answers its word counts: another process may have had a success since this one failed.
    const earlier = isKnown ? stored?.failure : this.failures.get(key.id);
    const startedAt = this.clock.now();
    const seconds = (): number => (this.clock.now().getTime() - startedAt.getTime()) / 1000;
    order.onRequest();
    try {
      const answered = await this.endpoint.request(registration, key.scopes);
      const isRepeated = answered.hash === last?.hash;
      const known = (reason === 'forced' ? forcedAt : undefined) ?? last?.forcedAt;
      const token = answered.with({ repeated: isRepeated, ...(known && { forcedAt: known }) });
      if (reason === 'forced') remember(this.forced, key.id, token);
      this.failures.delete(key.id);
      this.metrics.request('granted', reason, seconds());
      this.logger.log(
        `Token for "${registration.name}" (${registration.id}) granted until ${token.expiresAt.toISOString()} ` +
          `(${reason}${isRepeated ? ', the same again' : ''}, ${seconds()} s)`,
      );
      return { token };
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      const failure = failureOf(error, {
        now: this.clock.now(),
        earlier: earlier?.attempts ?? 0,
        present: order.present,
      });
      remember(this.failures, key.id, failure);
      this.metrics.request(failure.kind, reason, seconds());
      this.logger.warn(
        `No token for "${registration.name}" (${registration.id}, ${reason}): ${error.message} ` +
          `Next request after ${failure.retryAt.toISOString()}.`,
      );
      return { failure, error: errorOf(failure, key.scopes, error) };
    }
  }
}
