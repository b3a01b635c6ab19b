import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash, randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { followSignal } from './follow-signal.js';
import { LeaseRows } from './lease-rows.js';
import { LeaseBusy } from './leases.errors.js';
import { LTI_DATA_SOURCE } from './lti-data-source.js';
import { type LeaseTerms, NamedLease } from './named-lease.js';
import { Turns } from './turns.js';

/** How often others are asked whether they are done: soon at first. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

export interface PatientLeaseTerms extends LeaseTerms {
  /** How long others are waited for. */
  waitMs: number;
}

/**
 * What one at a time may do among all processes: a lease by name, in the database and by its clock. A holder that dies keeps
 * it for the rest of its term. Works through a transaction-pooling proxy.
 *
 * A holder that stands still for longer than the term may wake up beside the next one: what must not happen twice is either
 * made sure of by `fence`, in the transaction that writes it, or begun soon after `renew`.
 */
@Injectable()
export class Leases {
  private readonly rows: LeaseRows;
  /** Within a process they queue up, and one of them asks the database. */
  private readonly turns = new Turns();

  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.rows = new LeaseRows(dataSource);
  }

  /**
   * Does the work while the lease is held. It should end when the lease's signal aborts.
   *
   * @param name of any length
   * @throws LeaseBusy when others hold it for longer than `waitMs`
   * @throws {Unavailable} `database_unavailable`, the reason of the signal, and what the work throws
   */
  async hold<T>(name: string, terms: PatientLeaseTerms, work: (lease: NamedLease) => Promise<T>): Promise<T> {
    const row = rowName(name);
    const patience = this.patience(terms);
    try {
      return await this.turns.run(row, patience.signal, async () => {
        const lease = await this.acquire(row, terms, patience.signal);
        patience.end();
        return use(lease, work);
      });
    } finally {
      patience.end();
    }
  }

  /**
   * The same for those who do not wait.
   *
   * @returns what came of the work; undefined when another holds the lease, in this process or elsewhere
   * @throws {Unavailable} `database_unavailable`, the reason of the signal, and what the work throws
   */
  async tryHold<T>(
    name: string,
    terms: LeaseTerms,
    work: (lease: NamedLease) => Promise<T>,
  ): Promise<{ result: T } | undefined> {
    const row = rowName(name);
    if (this.turns.isTaken(row)) return undefined;
    return this.turns.run(row, terms.signal, async () => {
      const lease = await this.tryAcquire(row, terms);
      return lease === undefined ? undefined : { result: await use(lease, work) };
    });
  }

  private async acquire(row: string, terms: LeaseTerms, patience: AbortSignal): Promise<NamedLease> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
      const lease = await this.tryAcquire(row, terms);
      if (lease !== undefined) return lease;
      await this.clock.sleep(pollMs * (0.5 + Math.random() / 2), patience);
    }
  }

  private async tryAcquire(name: string, terms: LeaseTerms): Promise<NamedLease | undefined> {
    const claim = { name, holder: randomUUID() };
    const askedAt = performance.now();
    const isOurs = await this.rows.acquire(claim, terms.termMs);
    return isOurs ? new NamedLease(this.rows, this.clock, claim, terms, askedAt) : undefined;
  }

  /** A signal that aborts when the wait has been too long, or when the caller gives up. */
  private patience({ termMs, waitMs, signal }: PatientLeaseTerms): { signal: AbortSignal; end: () => void } {
    const over = new AbortController();
    const acquired = new AbortController();
    const unfollow = followSignal(signal, over);
    this.clock.sleep(waitMs, acquired.signal).then(
      // By then a holder that has died holds it no more.
      () => over.abort(new LeaseBusy(new Date(this.clock.nowMs() + termMs))),
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
    // The caller may have given up while the database was asked.
    lease.signal.throwIfAborted();
    return await work(lease);
  } finally {
    await lease.end();
  }
}

/** Of one length, and without what text in the database cannot have: names are made of what platforms and tools say. */
function rowName(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
