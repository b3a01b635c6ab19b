import { Inject, Injectable } from '@nestjs/common';
import { hostname } from 'node:os';
import { Clock } from '../common/clock.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type Lease, type StoredAccess } from './stores/token-store.js';
import { ChangeWatch } from './change-watch.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { TokenRequestFailed } from './access-token.errors.js';

const TERM_MS = 5000;
const HEARTBEAT_MS = 1500;
/** A holder that dies at once keeps the others waiting for its term; then one of them asks, for 10 s at most. */
const PATIENCE_MS = 16_000;
/** Behind the notices of changes, which may be lost. */
const POLL_MS = 250;

const request = { termMs: TERM_MS, holder: `${hostname().slice(0, 180)}:${process.pid}` };

/** The lease, and whether another held it before. */
export interface HeldLease {
  lease: Lease;
  waited: boolean;
}

/** Leases to renew a token, between processes. Design rule "Single flight". */
@Injectable()
export class RefreshLeases {
  private readonly watches = new Map<string, Set<ChangeWatch>>();

  constructor(
    private readonly store: ResilientTokenStore,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Something changed under this key, or, where undefined, may have changed under any. */
  tell(keyId: string | undefined): void {
    const told = keyId === undefined ? [...this.watches.values()] : [this.watches.get(keyId) ?? []];
    for (const watches of told) for (const watch of watches) watch.tell();
  }

  /** The lease if nobody holds it. @throws TokenStoreUnavailable */
  acquire(key: AccessTokenKey): Promise<Lease | undefined> {
    return this.store.call(
      'acquire',
      (store) => store.acquire(key, request),
      // Nobody knows of it: it would keep the others waiting for its whole term.
      async (store, late) => {
        if (late !== undefined) await store.release(late);
      },
    );
  }

  /**
   * The lease, or what `settles` made of the store's contents once whoever held it was done.
   *
   * @throws TokenStoreUnavailable
   * @throws TokenRequestFailed when others hold it for longer than any request takes
   */
  async acquireOr<T>(
    key: AccessTokenKey,
    settles: (stored: StoredAccess | undefined) => T | undefined,
  ): Promise<HeldLease | T> {
    // From before the store is asked: its holder may be done while we hear that it is held.
    const watch = this.watch(key.id);
    try {
      const first = await this.acquire(key);
      if (first !== undefined) return { lease: first, waited: false };
      return await this.wait(key, watch, settles);
    } finally {
      this.unwatch(key.id, watch);
    }
  }

  /** Does the work while the lease is kept alive. An outage meanwhile is no reason to stop: the fence decides in the end. */
  async keep<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
    // The machine's time and not the domain's clock: the lease runs by the store's, which nobody here can set.
    const heartbeat = setInterval(() => {
      this.store
        .call('extend', (store) => store.extend(lease, TERM_MS))
        .then(
          (isHeld) => {
            if (!isHeld) clearInterval(heartbeat);
          },
          () => undefined,
        );
    }, HEARTBEAT_MS);
    try {
      return await work();
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** Hands the lease back. In an outage it ends by itself. */
  async release(lease: Lease): Promise<void> {
    await this.store.call('release', (store) => store.release(lease)).catch(() => undefined);
  }

  private async wait<T>(
    key: AccessTokenKey,
    watch: ChangeWatch,
    settles: (stored: StoredAccess | undefined) => T | undefined,
  ): Promise<HeldLease | T> {
    const startedAt = this.clock.now().getTime();
    const waitedMs = (): number => this.clock.now().getTime() - startedAt;
    try {
      while (waitedMs() < PATIENCE_MS) {
        await watch.next(this.clock, POLL_MS);
        const settled = settles(await this.store.call('get', (store) => store.get(key)));
        if (settled !== undefined) return settled;
        const lease = await this.acquire(key);
        if (lease !== undefined) return { lease, waited: true };
      }
      throw new TokenRequestFailed('Other processes have been renewing this token for too long.');
    } finally {
      this.metrics.waited(waitedMs() / 1000);
    }
  }

  private watch(keyId: string): ChangeWatch {
    const watch = new ChangeWatch();
    const watches = this.watches.get(keyId) ?? new Set();
    this.watches.set(keyId, watches.add(watch));
    return watch;
  }

  private unwatch(keyId: string, watch: ChangeWatch): void {
    const watches = this.watches.get(keyId);
    watches?.delete(watch);
    if (watches?.size === 0) this.watches.delete(keyId);
  }
}
