import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataSource } from 'typeorm';
import { type Clock } from '../../common/clock.js';
import { answerWithin, LATE } from '../../common/bounded-wait.js';
import { reasonOf } from '../../database/database.errors.js';
import { LimitTable } from './limit-table.js';
import { type LimitTimes, limitTimes } from './limit-times.js';
import { LocalPlatformLimits } from './local-limits.js';
import { type PlatformLimits, type PlatformShare, type PlatformTraffic } from './platform-limits.js';
import { SharedShare, type ShareRenewal } from './shared-share.js';
import { type LimitBounds } from './slow-down.js';

/** The longest that a request waits for the database. */
const PATIENCE_MS = 500;
const CLEANING_MS = 600_000;
/** Another process was quicker so often: its turn and ours come again. */
const MOST_TRIES = 20;
const RETRY_MS = 20;
/** An index has no room for longer ones. No real platform's is. */
const LONGEST_ORIGIN = 1000;

/**
 * One limit per platform for all processes that share the database: each process holds a part, which is renewed for all
 * platforms together and ends by itself. What a platform takes is reckoned from its one row, and written if nobody else
 * was quicker: nothing waits for a lock, and a process that is stopped anywhere stops nobody.
 *
 * Renewals run by the machine's time: this is about a connection, not about the domain's clock.
 */
export class SharedPlatformLimits implements PlatformLimits, ShareRenewal {
  readonly holderId = randomUUID();
  processes = 1;
  private readonly logger = new Logger('PlatformLimits');
  private readonly table: LimitTable;
  private readonly local: LocalPlatformLimits;
  private readonly joined = new Set<SharedShare>();
  private renewal: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private cleanedAtMs = -Infinity;
  private isDown = false;
  private isClosed = false;

  constructor(
    readonly full: LimitBounds,
    private readonly clock: Clock,
    dataSource: DataSource,
    readonly times: LimitTimes = limitTimes,
  ) {
    this.table = new LimitTable(dataSource);
    this.local = new LocalPlatformLimits(full, clock);
  }

  share(origin: string, traffic: PlatformTraffic): PlatformShare {
    if (origin.length > LONGEST_ORIGIN) return this.local.share(origin, traffic);
    return new SharedShare(origin, traffic, this, this.clock);
  }

  async join(share: SharedShare): Promise<void> {
    if (!this.isClosed && (await answerWithin(PATIENCE_MS, this.renewUntilKnown(share))) === LATE) {
      this.noteDown('it takes too long');
    }
    share.assume();
  }

  hurry(): void {
    if (!this.isDown) this.schedule(0);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await answerWithin(PATIENCE_MS, this.giveBack());
  }

  private async renewUntilKnown(share: SharedShare): Promise<void> {
    while (!share.isKnown && !this.isClosed) {
      this.joined.add(share);
      await this.renew();
    }
  }

  /** One at a time: a database that is slow is not asked the more. */
  private renew(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.renewal ??= this.renewJoined().finally(() => {
      this.renewal = undefined;
      this.scheduleNext();
    });
    return this.renewal;
  }

  private async renewJoined(): Promise<void> {
    try {
      await this.renewAll([...this.joined], false);
      await this.clean();
      this.noteUp();
    } catch (error) {
      if (!this.isClosed) this.noteDown(reasonOf(error));
      for (const share of this.joined) share.assume();
    }
  }

  private async renewAll(all: readonly SharedShare[], isLast: boolean): Promise<void> {
    let shares = all;
    for (let tries = 1; shares.length > 0 && tries <= MOST_TRIES; tries += 1) {
      if (tries > 1) await delay(Math.random() * RETRY_MS);
      const askedAtMs = performance.now();
      const { nowMs, stored } = await this.table.read(shares.map(({ origin }) => origin));
      const steps = shares.map((share) => {
        const present = stored.get(share.origin);
        return { share, present, plan: share.plan(present, nowMs, askedAtMs, isLast) };
      });
      const written = await this.table.write(
        steps.map(({ share: { origin }, present, plan: { record } }) => ({
          origin,
          expected: present?.revision,
          record,
        })),
      );
      for (const { share, plan } of steps) {
        if (!written.has(share.origin)) continue;
        plan.settle();
        if (plan.leaves) this.joined.delete(share);
        else this.processes = plan.record?.holders.length ?? 1;
      }
      shares = shares.filter(({ origin }) => !written.has(origin));
    }
  }

  private async giveBack(): Promise<void> {
    await this.renewal;
    // In an outage they end by themselves.
    await this.renewAll([...this.joined], true).catch(() => undefined);
  }

  private scheduleNext(): void {
    if (this.joined.size === 0) return;
    const urgencies = [...this.joined].map(({ urgencyMs }) => urgencyMs ?? Infinity);
    const soonest = this.isDown ? Infinity : Math.min(...urgencies);
    // Jittered, or processes that started together would always meet.
    this.schedule(Math.min(soonest, this.times.renewalMs * (0.9 + Math.random() * 0.2)));
  }

  private schedule(ms: number): void {
    if (this.isClosed || (this.timer !== undefined && ms > 0)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), ms);
    // It must keep no process from ending.
    this.timer.unref();
  }

  private async clean(): Promise<void> {
    if (performance.now() - this.cleanedAtMs < CLEANING_MS) return;
    this.cleanedAtMs = performance.now();
    await this.table.removeOld();
  }

  private noteUp(): void {
    if (this.isDown) this.logger.log('The limits of platforms are shared with the other processes again.');
    this.isDown = false;
  }

  private noteDown(reason: string): void {
    if (!this.isDown) {
      this.logger.warn(
        `The database does not answer (${reason}): this process keeps to its own part of the limits of platforms until it does.`,
      );
    }
    this.isDown = true;
  }
}
