import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { TokenMetrics } from '../../metrics/token-metrics.js';
import { type AccessTokenKey } from '../access-token-key.js';
import { type StoredAccess, TokenStore } from './token-store.js';
import { TokenStoreUnavailable, unavailableBy } from './token-store.errors.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** No caller waits longer for the store: a token can always be asked for without it. Design rule "Store down". */
const CALL_TIMEOUT_MS = 500;
const SLICE_MS = 50;
const NO_CLOCK =
  'The token store has no `now()`. Renewals after a 401 go by the clocks of the processes, which must not differ.';

/** The methods that are part of finding and renewing a token. */
type Operation = 'now' | 'get' | 'acquire' | 'extend' | 'commit' | 'fail' | 'release' | 'deleteRegistration';

/** The way to the token store: bounded, and left alone for a while when it does not answer. */
@Injectable()
export class ResilientTokenStore {
  private readonly logger = new Logger(ResilientTokenStore.name);
  private readonly breaker: CircuitBreaker;
  private isDown = false;
  private reading: Promise<Date> | undefined;
  private nextReading: Promise<Date> | undefined;

  constructor(
    @Inject(TokenStore) private readonly store: TokenStore | null,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.breaker = new CircuitBreaker(clock);
    if (store?.shared === true && store.now === undefined) this.logger.warn(NO_CLOCK);
  }

  /** False for the configuration `none`: nothing may be called then. */
  get isPresent(): boolean {
    return this.store !== null;
  }

  /** @see TokenStore.onChange */
  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.store?.onChange(listener) ?? (() => undefined);
  }

  /**
   * The time by the store's clock; by this process' where the store has none, or does not answer. All who ask while a
   * reading is under way share the next one: the present one may have been answered before they asked.
   */
  now(): Promise<Date> {
    if (this.store?.now === undefined) return Promise.resolve(this.clock.now());
    if (this.reading === undefined) return this.readTime();
    this.nextReading ??= this.reading.then(() => {
      this.nextReading = undefined;
      return this.readTime();
    });
    return this.nextReading;
  }

  /** What is stored under a key, or `unknown` in an outage. */
  async read(key: AccessTokenKey): Promise<StoredAccess | 'unknown' | undefined> {
    return this.call('get', (store) => store.get(key)).catch(() => 'unknown' as const);
  }

  /**
   * @param discard what to do with an answer that comes after the caller was told that there is none
   * @throws TokenStoreUnavailable whatever the store's reason
   */
  async call<T>(
    operation: Operation,
    ask: (store: TokenStore) => Promise<T>,
    discard?: (store: TokenStore, late: T) => Promise<void>,
  ): Promise<T> {
    const { store } = this;
    if (store === null) throw new TokenStoreUnavailable('there is none');
    if (!this.breaker.letsIn()) throw new TokenStoreUnavailable('it did not answer lately');
    try {
      const answer = await inTime(ask(store), (late) => discard?.(store, late));
      this.breaker.succeeded();
      this.noteUp();
      return answer;
    } catch (cause) {
      const error = unavailableBy(cause);
      this.breaker.failed();
      this.noteDown(operation, error);
      throw error;
    }
  }

  private readTime(): Promise<Date> {
    this.reading = this.call('now', (store) => store.now?.() ?? Promise.resolve(this.clock.now()))
      .catch(() => this.clock.now())
      .finally(() => (this.reading = undefined));
    return this.reading;
  }

  private noteUp(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.metrics.storeUp(true);
    this.logger.log('The token store answers again.');
  }

  private noteDown(operation: Operation, { message }: TokenStoreUnavailable): void {
    this.metrics.storeOutage(operation);
    if (this.isDown) return;
    this.isDown = true;
    this.metrics.storeUp(false);
    this.logger.warn(`${message} Until it is back each process asks for tokens of its own.`);
  }
}

/**
 * The answer, if it comes in time. The machine's time, not the domain's clock: this is about a connection.
 *
 * Counted in small slices, each a turn of the event loop or more: a process that was itself held up, by its own work or
 * by its neighbours', reads the answers that have arrived meanwhile before it takes the store for dead.
 *
 * @throws TokenStoreUnavailable
 */
async function inTime<T>(answer: Promise<T>, discard: (late: T) => Promise<void> | undefined): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let slicesLeft = CALL_TIMEOUT_MS / SLICE_MS;
  const timeout = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      slicesLeft -= 1;
      if (slicesLeft > 0) return;
      clearInterval(timer);
      // Whatever becomes of it, nobody waits for it any more.
      answer.then(discard).catch(() => undefined);
      reject(new TokenStoreUnavailable(`no answer in ${CALL_TIMEOUT_MS} ms`));
    }, SLICE_MS);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearInterval(timer);
  }
}
