import { type EntityManager } from 'typeorm';
import { type Clock } from '../common/clock.js';
import { answerWithin } from '../common/bounded-wait.js';
import { followSignal } from './follow-signal.js';
import { type LeaseClaim, type LeaseRows } from './lease-rows.js';
import { LeaseLost } from './leases.errors.js';

const BEATS_IN_A_TERM = 3;
/** A lease that is not released runs out by itself: nobody waits for a database that does not answer. */
const RELEASE_MS = 2000;

/** How a lease is held. */
export interface LeaseTerms {
  /** How long it lasts without a sign of life: what a holder that dies costs the others. */
  termMs: number;
  /** Aborts the lease's signal, too. */
  signal?: AbortSignal;
}

/**
 * A lease that is held, and kept alive. By the machine's time and not by the domain's clock: it runs by the database's, which
 * nobody here can set.
 */
export class NamedLease {
  private readonly ending = new AbortController();
  private readonly unfollow: () => void;
  private readonly heartbeat: NodeJS.Timeout;
  private deadline: NodeJS.Timeout | undefined;
  private heldUntil = 0;
  private isBeating = false;
  private hasEnded = false;

  /** @param since by `performance.now()`: before the database was asked for it, and so before its term began there */
  constructor(
    private readonly rows: LeaseRows,
    private readonly clock: Clock,
    private readonly claim: LeaseClaim,
    private readonly terms: LeaseTerms,
    since: number,
  ) {
    this.unfollow = followSignal(terms.signal, this.ending);
    this.heartbeat = setInterval(() => void this.beat(), terms.termMs / BEATS_IN_A_TERM);
    this.prolong(since);
  }

  /** Of this holding alone. */
  get id(): string {
    return this.claim.holder;
  }

  /** Aborts with LeaseLost when the lease is lost or may be, and with the caller's reason when that one's signal does. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /**
   * Makes sure of it, for a whole term from now: before a step that cannot be undone.
   *
   * @throws LeaseLost, {Unavailable} `database_unavailable`
   */
  async renew(): Promise<void> {
    const askedAt = performance.now();
    if (!(await this.rows.extend(this.claim, this.terms.termMs))) throw this.lose();
    this.prolong(askedAt);
  }

  /**
   * Makes sure of it until the manager's transaction ends. The heartbeat waits for that, so the transaction has to be
   * shorter than the term.
   *
   * @throws LeaseLost, {Unavailable} `database_unavailable`
   */
  async fence(manager: EntityManager): Promise<void> {
    if (!(await this.rows.fence(this.claim, manager))) throw this.lose();
  }

  /** Hands it back. */
  async end(): Promise<void> {
    this.hasEnded = true;
    this.stopTimers();
    this.unfollow();
    await answerWithin(
      RELEASE_MS,
      this.rows.release(this.claim).catch(() => undefined),
    );
  }

  private async beat(): Promise<void> {
    if (this.isBeating) return;
    this.isBeating = true;
    // What was lost is told by the signal. In an outage the next beat tries again, until the deadline.
    await this.renew().catch(() => undefined);
    this.isBeating = false;
  }

  private prolong(since: number): void {
    this.heldUntil = Math.max(this.heldUntil, since + this.terms.termMs);
    if (this.hasEnded || this.signal.aborted) return;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lose(), this.heldUntil - performance.now());
  }

  private lose(): LeaseLost {
    const lost = new LeaseLost(this.clock.now());
    this.stopTimers();
    if (!this.hasEnded) this.ending.abort(lost);
    return lost;
  }

  private stopTimers(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.deadline);
  }
}
