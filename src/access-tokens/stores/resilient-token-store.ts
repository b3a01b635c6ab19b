import { Inject, Injectable, Logger } from '@nestjs/common';
import { answerWithin, LATE } from '../../common/bounded-wait.js';
import { Clock } from '../../common/clock.js';
import { TokenMetrics } from '../../metrics/token-metrics.js';
import { TokenStoreUnavailable, unavailableBy } from '../access-token.errors.js';
import { type AccessTokenKey } from '../access-token.js';
import { type StoredAccess, TokenStore } from './token-store.js';

/** How long a process waits for its token store. */
export interface StoreTimes {
  callMs: number;
}
export const StoreTimes = Symbol('StoreTimes');
/** Short, because a token can be requested without the store (docs/tokens.md, rule 6). */
export const storeTimes: Readonly<StoreTimes> = { callMs: 500 };

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 15_000;
const NO_CLOCK =
  'The token store has no `now()`. Renewals after a 401 use the clocks of the processes, which must not differ.';

/** The methods of the store that are called to find and to renew a token. */
type Operation = 'now' | 'get' | 'acquire' | 'extend' | 'commit' | 'fail' | 'release' | 'deleteRegistration';

/** Calls the token store with a time-out, and behind a circuit breaker. */
@Injectable()
export class ResilientTokenStore {
  private readonly logger = new Logger(ResilientTokenStore.name);
  private readonly breaker: CircuitBreaker;
  private isDown = false;
  private clockReading: Promise<Date> | undefined;
  private nextClockReading: Promise<Date> | undefined;

  constructor(
    @Inject(TokenStore) private readonly store: TokenStore | null,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(StoreTimes) private readonly times: Readonly<StoreTimes> = storeTimes,
  ) {
    this.breaker = new CircuitBreaker(clock);
    if (store?.shared === true && store.now === undefined) this.logger.warn(NO_CLOCK);
  }

  /** False for the configuration `none`. */
  get isPresent(): boolean {
    return this.store !== null;
  }

  /** @see TokenStore.onChange */
  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.store?.onChange(listener) ?? (() => undefined);
  }

  /**
   * The time by the store's clock. If the store has no clock, or does not answer, the time by this process's clock. Calls
   * during a reading share the next one, because the present one may have been answered before the call.
   */
  now(): Promise<Date> {
    if (this.store?.now === undefined) return Promise.resolve(this.clock.now());
    if (this.clockReading === undefined) return this.readClock();
    this.nextClockReading ??= this.clockReading.then(() => {
      this.nextClockReading = undefined;
      return this.readClock();
    });
    return this.nextClockReading;
  }

  /** What is stored under a key, or `unknown` in an outage. */
  async read(key: AccessTokenKey): Promise<StoredAccess | 'unknown' | undefined> {
    return this.call('get', (store) => store.get(key)).catch(() => 'unknown' as const);
  }

  /**
   * Calls one method of the store.
   *
   * @param discard called with an answer that comes after the time-out
   * @throws TokenStoreUnavailable for any error of the store
   */
  async call<T>(
    operation: Operation,
    method: (store: TokenStore) => Promise<T>,
    discard?: (store: TokenStore, late: T) => Promise<void>,
  ): Promise<T> {
    const { store } = this;
    if (store === null) throw new TokenStoreUnavailable('none is configured');
    if (!this.breaker.allows()) throw new TokenStoreUnavailable('its last calls failed');
    try {
      const { callMs } = this.times;
      const pending = method(store);
      const answer = await answerWithin(callMs, pending);
      if (answer === LATE) {
        pending.then((late) => discard?.(store, late)).catch(() => undefined);
        throw new TokenStoreUnavailable(`no answer in ${callMs} ms`);
      }
      this.breaker.succeeded();
      this.logUp();
      return answer;
    } catch (cause) {
      const error = unavailableBy(cause);
      this.breaker.failed();
      this.logDown(operation, error);
      throw error;
    }
  }

  private readClock(): Promise<Date> {
    this.clockReading = this.call('now', (store) => store.now?.() ?? Promise.resolve(this.clock.now()))
      .catch(() => this.clock.now())
      .finally(() => (this.clockReading = undefined));
    return this.clockReading;
  }

  private logUp(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.metrics.storeUp(true);
    this.logger.log('The token store answers again.');
  }

  private logDown(operation: Operation, { message }: TokenStoreUnavailable): void {
    this.metrics.storeOutage(operation);
    if (this.isDown) return;
    this.isDown = true;
    this.metrics.storeUp(false);
    this.logger.warn(`${message} Until it is back, each process requests its own tokens.`);
  }
}

/**
 * Opens after three failures in a row, so that not every call waits for the time-out of a store that is down. After the pause
 * one call tries the store, and its outcome counts for all.
 *
 * Own code, because cockatiel needs Node 22.
 */
export class CircuitBreaker {
  private failures = 0;
  private pauseMs = FIRST_PAUSE_MS;
  private openedAtMs = 0;
  private isTrying = false;

  constructor(private readonly clock: Clock) {}

  /** Whether a call may be made. Its caller then reports `succeeded` or `failed`. */
  allows(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.isTrying || this.isPausing()) return false;
    this.isTrying = true;
    return true;
  }

  succeeded(): void {
    this.isTrying = false;
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.failures < FAILURES_TO_OPEN) return;
    // Calls that were in progress when the breaker opened do not make the pause longer.
    if (this.failures > FAILURES_TO_OPEN && !this.isTrying) return;
    this.pauseMs = this.isTrying ? Math.min(MAX_PAUSE_MS, this.pauseMs * 2) : FIRST_PAUSE_MS;
    this.isTrying = false;
    this.openedAtMs = this.clock.now().getTime();
  }

  /** A clock that was set back ends the pause. */
  private isPausing(): boolean {
    const pausedMs = this.clock.now().getTime() - this.openedAtMs;
    return pausedMs >= 0 && pausedMs < this.pauseMs;
  }
}
