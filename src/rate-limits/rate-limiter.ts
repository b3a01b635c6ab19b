import { type Clock } from '../common/clock.js';
import { Cooldown, type WaitBudget } from './cooldown.js';
import { afterRefusal, type LimitReduction, NOT_REDUCED, reducedLimit } from './limit-reduction.js';
import { type PlatformSlots } from './platform-slots.js';
import { type RateLimit } from './rate-limit.js';
import { RequestSpacing } from './request-spacing.js';
import { RequestQueue } from './request-queue.js';
import { type SharedSlots } from './shared-slots.js';

export interface RateLimiterOptions {
  /** The platform's limit over all processes, while it refuses nothing. */
  limit: RateLimit;
  clock: Clock;
  /** For the jitter of cooldowns: in [0, 1). */
  random: () => number;
  /** Shares the limit with other processes. Undefined: this process has all of it. */
  shared: Pick<SharedSlots, 'slotsFor' | 'close'> | undefined;
}

/** `urgent` requests have two separate slots in each process, so they do not queue behind the `usual` ones. */
export type Urgency = 'usual' | 'urgent';

/** Slots for urgent requests in each process, beyond the limit: other requests may be waiting for their access tokens. */
export const URGENT_SLOTS = 2;
/** How long a request without a slot waits at least: other processes, not the platform, hold the slots. */
const SLOT_WAIT_MS = 10_000;
/** `retryAt` after that wait. */
const SLOT_RETRY_MS = 5000;

/** The part of a platform's limit that this process may use. */
export interface SlotGrant {
  /** Requests in flight. */
  slots: number;
  /** All slots of the platform when these were granted. */
  of: number;
  /** The platform's limit while it refuses nothing. */
  limit: RateLimit;
  /** The recent request rate of the other processes. */
  othersPerSecond: number;
}

/** Limits the requests of this process to one platform: in flight, per second, and none during a cooldown. */
export class RateLimiter {
  // PlatformSlots sets these two, if the limit is shared.
  grant: SlotGrant;
  reduction: LimitReduction = NOT_REDUCED;
  private readonly clock: Clock;
  private readonly cooldown: Cooldown;
  private readonly shared: PlatformSlots | undefined;
  private readonly queue = new RequestQueue(
    () => this.concurrency,
    () => this.tryStart(),
  );
  private readonly urgentQueue = new RequestQueue(
    () => URGENT_SLOTS,
    () => true,
  );
  private readonly spacing = new RequestSpacing();
  private readonly meter = new RateMeter();
  private isPacing = false;
  private peak = 0;
  /** Requests that wait until this process has a slot at all. */
  private readonly withoutSlot = new Set<() => void>();

  constructor(
    readonly origin: string,
    { limit, clock, random, shared }: RateLimiterOptions,
  ) {
    this.clock = clock;
    this.cooldown = new Cooldown(random);
    this.shared = shared?.slotsFor(this);
    const { concurrency } = limit;
    this.grant = { slots: this.shared ? 0 : concurrency, of: concurrency, limit, othersPerSecond: 0 };
  }

  get inFlight(): number {
    return this.queue.inFlight;
  }

  get waiting(): number {
    return this.queue.waiting + this.withoutSlot.size;
  }

  /** The measured rate; undefined: too few requests to measure. */
  get perSecond(): number | undefined {
    return this.meter.perSecond(this.clock.nowMs());
  }

  /**
   * Runs the task when the platform has no cooldown and a slot is free. Waiting for a cooldown takes no slot.
   *
   * @throws PlatformThrottled if the cooldown is beyond the budget, or if other processes hold all slots for too long
   */
  async run<T>(task: () => Promise<T>, budget: WaitBudget, urgency: Urgency = 'usual'): Promise<T> {
    const queue = urgency === 'urgent' ? this.urgentQueue : this.queue;
    if (!this.isOpen() || !queue.tryEnter()) await this.enter(queue, budget);
    this.meter.add(this.clock.nowMs());
    try {
      return await task();
    } catch (error) {
      // The exchange rejects with another error; callers expect the reason of their signal.
      budget.signal?.throwIfAborted();
      throw error;
    } finally {
      queue.leave();
      this.shared?.requestEnded();
    }
  }

  /**
   * The platform refused a request because there are too many.
   *
   * @returns when it may be asked again
   */
  refused(nowMs: number, sentAtMs: number, retryAfter: Date | undefined): Date {
    const { end, isFirst, isLonger } = this.cooldown.refused(nowMs, sentAtMs, retryAfter);
    const endMs = end.getTime();
    if (isFirst) {
      const { perSecond } = this;
      const measured = perSecond === undefined ? undefined : perSecond + this.grant.othersPerSecond;
      this.reduction = afterRefusal(this.reduction, nowMs, endMs, measured);
    } else if (isLonger) {
      this.reduction = { ...this.reduction, since: endMs };
    }
    if (isFirst || isLonger) this.shared?.refused(endMs - nowMs);
    return end;
  }

  /** The platform answered a request. */
  accepted(nowMs: number): void {
    this.cooldown.accepted(nowMs);
  }

  /** The most requests that were in flight or waiting at once since the last call. */
  takePeak(): number {
    const { peak } = this;
    this.peak = 0;
    return Math.max(peak, this.inFlight + this.waiting);
  }

  /** The grant or the reduction has changed. */
  changed(): void {
    if (this.grant.slots > 0) for (const retry of this.withoutSlot) retry();
    this.queue.admit();
  }

  /** Another process was refused. */
  refusedElsewhere(cooldownEndMs: number): void {
    this.cooldown.extend(this.clock.nowMs(), cooldownEndMs);
  }

  private isOpen(): boolean {
    return this.shared?.isKnown !== false && this.cooldown.isOver(this.clock.nowMs());
  }

  private async enter(queue: RequestQueue, budget: WaitBudget): Promise<void> {
    for (;;) {
      this.peak = Math.max(this.peak, this.inFlight + this.waiting + 1);
      if (this.shared?.isKnown === false) await this.shared.known();
      const cooldownEnd = this.cooldown.endsAt(this.clock.nowMs());
      if (cooldownEnd !== undefined) {
        await budget.waitUntil(cooldownEnd);
        continue;
      }
      if (!(await queue.enter(budget.signal))) {
        await this.untilSlots(budget);
        continue;
      }
      // A cooldown may have started, or the slots have expired, while this request waited.
      if (this.isOpen()) return;
      queue.leave();
    }
  }

  private async untilSlots(budget: WaitBudget): Promise<void> {
    let retry: () => void = () => undefined;
    const available = new Promise<void>((resolve) => (retry = resolve));
    this.withoutSlot.add(retry);
    try {
      await budget.waitForSlots(available, SLOT_WAIT_MS, SLOT_RETRY_MS);
    } finally {
      this.withoutSlot.delete(retry);
    }
  }

  /** Requests in flight that are allowed now: after a refusal a part of the grant, until there is a new one. */
  private get concurrency(): number {
    const { slots, of } = this.grant;
    const { concurrency } = this.reducedLimit();
    return slots === 0 || concurrency >= of ? slots : Math.max(1, Math.floor((slots * concurrency) / of));
  }

  private tryStart(): boolean {
    const { perSecond } = this.reducedLimit();
    if (perSecond !== undefined) {
      // The rate is divided like the slots.
      const share = (perSecond * this.grant.slots) / this.grant.of;
      const delayMs = this.spacing.start(share, this.clock.nowMs());
      if (delayMs > 0) {
        void this.admitAfter(delayMs);
        return false;
      }
    }
    // The request that starts is not counted yet.
    if (this.queue.inFlight >= this.peak) this.peak = this.queue.inFlight + 1;
    return true;
  }

  private reducedLimit(): RateLimit {
    if (this.reduction === NOT_REDUCED) return this.grant.limit;
    return reducedLimit(this.reduction, this.grant.limit, this.clock.nowMs());
  }

  /** One timer for all requests that wait. */
  private async admitAfter(delayMs: number): Promise<void> {
    if (this.isPacing) return;
    this.isPacing = true;
    await this.clock.sleep(delayMs);
    this.isPacing = false;
    this.queue.admit();
  }
}

const WINDOW_MS = 2000;
/** A shorter time or fewer requests would not give a reliable rate. */
const MIN_SPAN_MS = 1000;
const MIN_COUNT = 10;

/** Measures how many requests per second were sent lately. */
export class RateMeter {
  private startMs = 0;
  private count = 0;
  private previous: number | undefined;

  add(nowMs: number): void {
    if (nowMs - this.startMs >= WINDOW_MS || nowMs < this.startMs) this.startWindow(nowMs);
    this.count += 1;
  }

  /** Undefined if there were too few requests, or too short a time, to measure. */
  perSecond(nowMs: number): number | undefined {
    const spanMs = nowMs - this.startMs;
    // The last window ended long ago: there was no traffic lately.
    if (spanMs < 0 || spanMs >= 2 * WINDOW_MS) return undefined;
    if (spanMs < MIN_SPAN_MS) return this.previous;
    return this.count < MIN_COUNT ? undefined : (this.count * 1000) / spanMs;
  }

  private startWindow(nowMs: number): void {
    this.previous = this.perSecond(nowMs);
    this.startMs = nowMs;
    this.count = 0;
  }
}
