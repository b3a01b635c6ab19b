import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { hostname } from 'node:os';
import { Clock } from '../common/clock.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
import { TokenRequestFailed } from './access-token.errors.js';
import { type AccessTokenKey } from './access-token.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { type Lease, type StoredAccess } from './stores/token-store.js';

const TERM_MS = 5000;
const HEARTBEAT_MS = 1500;
/** The term of a holder that died, then the 10 s that the request of the next holder may take, and a second. */
const MAX_WAIT_MS = 16_000;
/** Waiters also poll, because a notification may be lost. */
const POLL_MS = 250;

const leaseRequest = { termMs: TERM_MS, holder: `${hostname().slice(0, 180)}:${process.pid}` };

/** A lease, and whether another process held it before. */
export interface HeldLease {
  lease: Lease;
  waited: boolean;
}

/** Leases in the token store: one process at a time renews the token of a key (docs/tokens.md, rule 5). */
@Injectable()
export class RefreshLeases implements OnModuleInit, OnApplicationShutdown {
  private readonly watches = new Map<string, Set<ChangeWatch>>();
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly store: ResilientTokenStore,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.store.onChange((keyId) => {
      const changed = keyId === undefined ? [...this.watches.values()] : [this.watches.get(keyId) ?? []];
      for (const watches of changed) for (const watch of watches) watch.notify();
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  /** The lease, unless another process holds it. @throws TokenStoreUnavailable */
  acquire(key: AccessTokenKey): Promise<Lease | undefined> {
    return this.store.call(
      'acquire',
      (store) => store.acquire(key, leaseRequest),
      // The answer came after the time-out. Without a release the other processes would wait for the whole term.
      async (store, late) => {
        if (late !== undefined) await store.release(late);
      },
    );
  }

  /**
   * The lease. If another process holds it, waits until that process is done, and gives the result of `settles` for what is
   * in the store then, or the lease if `settles` has no result.
   *
   * @throws TokenStoreUnavailable
   * @throws TokenRequestFailed when other processes hold the lease for longer than any request takes
   */
  async acquireOr<T>(
    key: AccessTokenKey,
    settles: (stored: StoredAccess | undefined) => T | undefined,
  ): Promise<HeldLease | T> {
    // Before the first call of the store: the holder may release the lease while the answer is on its way.
    const watch = this.watch(key.id);
    try {
      const first = await this.acquire(key);
      if (first !== undefined) return { lease: first, waited: false };
      return await this.wait(key, watch, settles);
    } finally {
      this.unwatch(key.id, watch);
    }
  }

  /** Extends the lease while the work runs. In an outage the work continues, and its commit fails if the lease was lost. */
  async keep<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
    // A timer of the machine, not of the injected clock: the lease runs by the store's clock.
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

  /** Releases the lease. In an outage it expires. */
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
      while (waitedMs() < MAX_WAIT_MS) {
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

/** Waits for a change, and remembers a change that comes while nothing waits. */
export class ChangeWatch {
  private hasChanged = false;
  private wake: () => void = () => undefined;

  notify(): void {
    this.hasChanged = true;
    this.wake();
  }

  /** Resolves at the first change since it last resolved, or after `ms`. */
  async next(clock: Clock, ms: number): Promise<void> {
    if (!this.hasChanged) {
      const sleep = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => (this.wake = resolve)),
        clock.sleep(ms, sleep.signal).catch(() => undefined),
      ]);
      sleep.abort();
    }
    this.hasChanged = false;
  }
}
