import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { type Clock } from '../common/clock.js';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { reasonOf } from '../database/database.errors.js';
import { type LimitReduction } from './limit-reduction.js';
import { PlatformSlots } from './platform-slots.js';
import { type RateLimit } from './rate-limit.js';
import { type RateLimiter } from './rate-limiter.js';
import { SlotTable } from './slot-table.js';

/** In ms, by the database's clock. */
export interface SlotTimes {
  /** How often slots are renewed, and so how late a process learns about the others. */
  renewalMs: number;
  /** How long slots last after their renewal: those of a process that was killed are free after it. */
  termMs: number;
  /** How long slots are kept without use. */
  idleMs: number;
  /** How long a process keeps its only slot while others wait for one. */
  turnMs: number;
}
export const SlotTimes = Symbol('SlotTimes');

export const slotTimes: SlotTimes = { renewalMs: 2000, termMs: 8000, idleMs: 5000, turnMs: 5000 };

/** How long a request waits for the database. */
const ANSWER_TIMEOUT_MS = 500;
/** An index row cannot hold a longer one. Origins of real platforms are shorter. */
const LONGEST_ORIGIN = 1000;

/**
 * Shares the limits of platforms with the other processes through slots in the database. A slot is a row that allows one
 * request in flight. A process takes its share of them in bulk, keeps them while it uses the platform and renews them all
 * together, for the first time soon and then every 2 s, so a request needs no query. The primary key guarantees that no
 * slot is held twice.
 *
 * Renewal runs by the machine's time: it is about a connection, not about the domain's clock.
 *
 * Tried instead: rate-limiter-flexible counts requests per time window, not requests in flight, and needs a query for
 * each request. p-queue and p-limit limit one process, cannot have a limit of 0 and do not space requests evenly;
 * p-queue was 1 to 2 us slower per request than RequestQueue.
 */
export class SharedSlots {
  readonly processId: string = randomUUID();
  /** Processes that used the last platform that was read. */
  processes = 1;
  private readonly logger = new Logger('RateLimitsService');
  private readonly table: SlotTable;
  /** The platforms that this process uses, by origin. */
  private readonly joined = new Map<string, PlatformSlots>();
  /** Refusals that are being stored. */
  private refusals: Promise<unknown> = Promise.resolve();
  private renewal: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isDown = false;
  private isClosed = false;
  /** Expired slots are not removed until then: after an outage of the database other processes may still use them. */
  private spareUntilMs = 0;

  constructor(
    /** The limit of each platform over all processes. */
    readonly limit: RateLimit,
    private readonly clock: Clock,
    dataSource: DataSource,
    readonly times: SlotTimes = slotTimes,
  ) {
    this.table = new SlotTable(dataSource, this.processId);
  }

  /** Undefined: the platform's limit cannot be shared. */
  slotsFor(limiter: RateLimiter): PlatformSlots | undefined {
    return limiter.origin.length > LONGEST_ORIGIN ? undefined : new PlatformSlots(limiter, this);
  }

  /** Resolves when the platform's slots are known, or half a second later without an answer. Never rejects. */
  async join(platform: PlatformSlots): Promise<void> {
    const late = await answerWithin(ANSWER_TIMEOUT_MS, this.renewUntilKnown(platform));
    if (late === LATE) this.logDown(`no answer within ${ANSWER_TIMEOUT_MS} ms`);
    platform.assume();
  }

  /** Renews at once, because slots can be freed for the other processes. */
  renewNow(): void {
    if (!this.isDown) this.schedule(0);
  }

  /** Stores a refusal. The other processes read it with their next renewal, unless the database is down. */
  refused(platform: PlatformSlots, reduction: LimitReduction, cooldownMs: number): void {
    const stored = this.table
      .refuse(platform.origin, reduction, cooldownMs)
      .then((cooldownId) => platform.cooldownStored(cooldownId));
    this.refusals = Promise.allSettled([this.refusals, stored]);
  }

  /** Frees all slots of this process. Never rejects. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    const left = Promise.allSettled([this.renewal, this.refusals]).then(() =>
      this.table.leave([...this.joined.keys()]),
    );
    // If the database does not answer, the rows expire.
    await answerWithin(ANSWER_TIMEOUT_MS, left).catch(() => undefined);
  }

  private async renewUntilKnown(platform: PlatformSlots): Promise<void> {
    while (!platform.isKnown && !this.isClosed) {
      this.joined.set(platform.origin, platform);
      await this.renew();
      // The database answered so late that the requests went on without it, and the platform is not in use any more.
      if (!this.joined.has(platform.origin)) return;
    }
  }

  /** One renewal at a time: a slow database does not get more queries. */
  private renew(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.renewal ??= this.renewOrAssume().finally(() => {
      this.renewal = undefined;
      this.scheduleNext();
    });
    return this.renewal;
  }

  private async renewOrAssume(): Promise<void> {
    try {
      await this.renewJoined();
      this.logUp();
    } catch (error) {
      if (!this.isClosed) this.logDown(reasonOf(error));
      for (const platform of this.joined.values()) platform.assume();
    }
  }

  private async renewJoined(): Promise<void> {
    const { table, times } = this;
    const idle = [...this.joined.values()].filter((platform) => platform.leaveIfIdle());
    for (const { origin } of idle) this.joined.delete(origin);
    if (idle.length > 0) await table.leave(idle.map(({ origin }) => origin));
    const platforms = new Map(this.joined);
    if (platforms.size === 0) return;
    const startMs = performance.now();
    await this.refusals;
    const users = [...platforms.values()].map((platform) => platform.user());
    await table.renew(users, times.termMs);
    // The other processes renew more often than twice in a term. If this took longer, they may not have been able to.
    const isInTime = performance.now() - startMs < times.termMs / 2;
    if (!this.isDown && isInTime && startMs >= this.spareUntilMs) await table.removeExpired(times.termMs / 2);
    const nowMs = this.clock.nowMs();
    const rows = await table.read([...platforms.keys()], times.turnMs, nowMs);
    const changes = rows.flatMap((row) => platforms.get(row.origin)?.plan(row, nowMs, startMs) ?? []);
    const taken = await table.change(changes);
    for (const [origin, platform] of platforms)
      platform.settle(taken.filter((one) => one === origin).length, startMs + times.termMs);
    this.processes = rows[0]?.users.length ?? 1;
  }

  private scheduleNext(): void {
    if (this.joined.size === 0) return;
    const urgencies = [...this.joined.values()].map(({ urgencyMs }) => urgencyMs ?? Infinity);
    const soonest = this.isDown ? Infinity : Math.min(...urgencies);
    // Jittered: processes that started together do not stay together.
    this.schedule(Math.min(soonest, this.times.renewalMs * (0.9 + Math.random() * 0.2)));
  }

  private schedule(ms: number): void {
    if (this.isClosed || (this.timer !== undefined && ms > 0)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), ms);
    // It does not keep the process from ending.
    this.timer.unref();
  }

  private logUp(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.spareUntilMs = performance.now() + this.times.termMs;
    this.logger.log('The limits of platforms are shared with the other processes again.');
  }

  private logDown(reason: string): void {
    if (!this.isDown) {
      this.logger.warn(
        `The database does not answer (${reason}). Until it does, this process uses the platform slots that it already holds.`,
      );
    }
    this.isDown = true;
  }
}
