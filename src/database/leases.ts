import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { followSignal } from '../common/bounded-wait.js';
import { Clock } from '../common/clock.js';
import { databaseErrors } from './database.errors.js';
import { LTI_DATA_SOURCE } from './lti-data-source.js';
import { type LeaseTerms, NamedLease } from './named-lease.js';

/** The pause between two attempts to acquire a lease. It doubles from the first to the longest. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

export interface WaitingLeaseTerms extends LeaseTerms {
  /** How long to wait for the holders before. */
  waitMs: number;
}

/**
 * Leases: work that only one of all processes may do at a time. A lease has a name, a row in the database, and expires by the
 * database's clock. If its holder dies, it expires after its term. Works through a transaction-pooling proxy.
 *
 * A process that was paused for longer than the term may go on while the next holder works. So what must not happen twice is
 * either fenced in the transaction that writes it (`lease.fence`), or begun soon after `lease.renew`.
 */
@Injectable()
export class Leases {
  /** One caller in this process at a time asks the database for a lease. */
  private readonly mutexes = new NamedMutexes();

  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Does the work while it holds the lease. The work should end when the lease's signal aborts.
   *
   * @param name of any length
   * @throws {Unavailable} `lease_busy` when others hold it for longer than `waitMs`; `database_unavailable`
   * @throws the reason of the signal, and what the work throws
   */
  async hold<T>(name: string, terms: WaitingLeaseTerms, work: (lease: NamedLease) => Promise<T>): Promise<T> {
    const row = rowName(name);
    const wait = this.startWait(terms);
    try {
      return await this.mutexes.run(row, wait.signal, async () => {
        const lease = await this.acquire(row, terms, wait.signal);
        wait.end();
        return use(lease, work);
      });
    } finally {
      wait.end();
    }
  }

  /**
   * The same without waiting.
   *
   * @returns the result of the work; undefined when another caller holds the lease, in this process or elsewhere
   * @throws {Unavailable} `database_unavailable`
   * @throws the reason of the signal, and what the work throws
   */
  async tryHold<T>(
    name: string,
    terms: LeaseTerms,
    work: (lease: NamedLease) => Promise<T>,
  ): Promise<{ result: T } | undefined> {
    const row = rowName(name);
    if (this.mutexes.isHeld(row)) return undefined;
    return this.mutexes.run(row, terms.signal, async () => {
      const lease = await this.tryAcquire(row, terms);
      return lease === undefined ? undefined : { result: await use(lease, work) };
    });
  }

  private async acquire(row: string, terms: LeaseTerms, waitSignal: AbortSignal): Promise<NamedLease> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
      const lease = await this.tryAcquire(row, terms);
      if (lease !== undefined) return lease;
      await this.clock.sleep(pollMs * (0.5 + Math.random() / 2), waitSignal);
    }
  }

  private tryAcquire(row: string, terms: LeaseTerms): Promise<NamedLease | undefined> {
    return NamedLease.tryAcquire(this.dataSource, this.clock, row, terms);
  }

  /** A signal that aborts when the caller's signal aborts, or when the wait has been too long. */
  private startWait({ termMs, waitMs, signal }: WaitingLeaseTerms): { signal: AbortSignal; end: () => void } {
    const over = new AbortController();
    const acquired = new AbortController();
    const unfollow = followSignal(signal, over);
    this.clock.sleep(waitMs, acquired.signal).then(
      // If the holder has died, its lease has expired by the time of the error.
      () => over.abort(databaseErrors.leaseBusy(new Date(this.clock.nowMs() + termMs))),
      () => undefined,
    );
    const end = (): void => {
      unfollow();
      acquired.abort();
    };
    return { signal: over.signal, end };
  }
}

async function use<T>(lease: NamedLease, work: (lease: NamedLease) => Promise<T>): Promise<T> {
  try {
    // The caller's signal may have aborted during the query.
    lease.signal.throwIfAborted();
    return await work(lease);
  } finally {
    await lease.end();
  }
}

/** Names contain texts of platforms and tools. The digest has one length, and no character that PostgreSQL cannot store. */
function rowName(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** A mutex for each name, within this process. Waiting callers are served first in, first out. */
class NamedMutexes {
  /** The waiting callers, the first one first. A name that is held has an entry. */
  private readonly waiting = new Map<string, Set<() => void>>();

  isHeld(name: string): boolean {
    return this.waiting.has(name);
  }

  /** Does the work while it holds the mutex. If the mutex is free, the work starts synchronously. */
  async run<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.acquire(name, signal);
    try {
      return await work();
    } finally {
      this.release(name);
    }
  }

  private acquire(name: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    signal?.throwIfAborted();
    const waiting = this.waiting.get(name);
    if (waiting === undefined) {
      this.waiting.set(name, new Set());
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(begin);
        reject(signal?.reason as Error);
      };
      waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  private release(name: string): void {
    const waiting = this.waiting.get(name);
    const [next] = waiting ?? [];
    if (next === undefined) {
      this.waiting.delete(name);
      return;
    }
    waiting?.delete(next);
    next();
  }
}
