import { type Clock } from '../common/clock.js';
import { type PlatformLimits, type PlatformShare, type PlatformTraffic } from './limits/platform-limits.js';
import { RateMeter } from './rate-meter.js';
import { RequestPace } from './request-pace.js';
import { type Gate, SlotQueue } from './slot-queue.js';
import { type ThrottlePatience } from './throttle-patience.js';
import { ThrottlePause } from './throttle-pause.js';

export interface PlatformLaneOptions {
  limits: PlatformLimits;
  clock: Clock;
  random: () => number;
}

export type Urgency = 'usual' | 'urgent';

/** For what the requests in the other slots may be waiting for: access tokens. In each process. */
export const URGENT_SLOTS = 2;
/** So long slots are waited for in any case: it is the other processes of the tool that have them, and not the platform. */
const SLOT_WAIT_MS = 10_000;
/** When a request that found all slots taken by other processes is worth another try. */
const TRY_AGAIN_MS = 5000;

/** The way to one platform: so many requests at once, so many a second, and none while it is paused. */
export class PlatformLane implements PlatformTraffic {
  private readonly clock: Clock;
  private readonly pause: ThrottlePause;
  private readonly share: PlatformShare;
  private readonly slots: SlotQueue;
  private readonly urgentSlots = new SlotQueue({
    slots: URGENT_SLOTS,
    mayGo: () => true,
    went: () => undefined,
  });
  private readonly pace = new RequestPace();
  private readonly meter = new RateMeter();
  private isPacing = false;
  private peak = 0;
  /** Those who wait for this process to have any slots. */
  private readonly shut = new Set<() => void>();

  constructor(origin: string, { limits, clock, random }: PlatformLaneOptions) {
    this.clock = clock;
    this.pause = new ThrottlePause(random);
    this.slots = new SlotQueue(this.gate());
    this.share = limits.share(origin, this);
  }

  get inFlight(): number {
    return this.slots.inFlight;
  }

  get waiting(): number {
    return this.slots.waiting + this.shut.size;
  }

  get perSecond(): number | undefined {
    return this.meter.perSecond(this.clock.nowMs());
  }

  /**
   * Runs the task when the platform is not paused and a slot is free. Waiting for a pause takes no slot.
   *
   * @throws PlatformThrottled when the pause outlasts the caller's patience, or other processes hold all slots for so long.
   */
  async run<T>(task: () => Promise<T>, patience: ThrottlePatience, urgency: Urgency = 'usual'): Promise<T> {
    const slots = urgency === 'urgent' ? this.urgentSlots : this.slots;
    if (!this.isOpen() || !slots.tryEnter()) await this.enter(slots, patience);
    this.meter.add(this.clock.nowMs());
    try {
      return await task();
    } catch (error) {
      // The exchange ends with an error of its own; callers want the reason they gave.
      patience.signal?.throwIfAborted();
      throw error;
    } finally {
      slots.leave();
      this.share.left();
    }
  }

  /**
   * The platform refused a request because there are too many.
   *
   * @returns when it may be asked again
   */
  refused(nowMs: number, sentAtMs: number, retryAfter: Date | undefined): Date {
    const { end, isFirst } = this.pause.refused(nowMs, sentAtMs, retryAfter);
    this.share.refused({ sentAtMs, pauseEnd: end, isFirst });
    return end;
  }

  /** The platform answered a request. */
  accepted(nowMs: number): void {
    this.pause.accepted(nowMs);
  }

  takePeak(): number {
    const { peak } = this;
    this.peak = 0;
    return Math.max(peak, this.inFlight + this.waiting);
  }

  shareChanged(): void {
    if (this.share.slots > 0) for (const open of this.shut) open();
    this.slots.admit();
  }

  paused(until: Date): void {
    this.pause.begunElsewhere(this.clock.nowMs(), until);
  }

  /** Nobody will come any more. */
  close(): void {
    this.share.release();
  }

  private isOpen(): boolean {
    return this.share.isKnown && this.pause.isOver(this.clock.nowMs());
  }

  private async enter(slots: SlotQueue, patience: ThrottlePatience): Promise<void> {
    for (;;) {
      if (!this.share.isKnown) await this.share.known();
      const pauseEnd = this.pause.endsAt(this.clock.nowMs());
      if (pauseEnd !== undefined) {
        await patience.waitUntil(pauseEnd);
        continue;
      }
      this.peak = Math.max(this.peak, this.inFlight + this.waiting + 1);
      if (!(await slots.enter(patience.signal))) {
        await this.untilOpened(patience);
        continue;
      }
      // A pause may have begun, or the share have ended, while this one queued.
      if (this.isOpen()) return;
      slots.leave();
    }
  }

  private async untilOpened(patience: ThrottlePatience): Promise<void> {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.shut.add(open);
    try {
      await patience.waitFor(opened, SLOT_WAIT_MS, TRY_AGAIN_MS);
    } finally {
      this.shut.delete(open);
    }
  }

  private gate(): Gate {
    const slots = (): number => this.share.slots;
    return {
      get slots() {
        return slots();
      },
      mayGo: () => {
        const { perSecond } = this.share;
        if (perSecond === undefined) return true;
        const delayMs = this.pace.delayMs(perSecond, this.clock.nowMs());
        if (delayMs === 0) return true;
        void this.admitAfter(delayMs);
        return false;
      },
      went: () => {
        this.pace.went(this.share.perSecond, this.clock.nowMs());
        if (this.slots.inFlight > this.peak) this.peak = this.slots.inFlight;
      },
    };
  }

  /** One timer for all who wait. */
  private async admitAfter(delayMs: number): Promise<void> {
    if (this.isPacing) return;
    this.isPacing = true;
    await this.clock.sleep(delayMs);
    this.isPacing = false;
    this.slots.admit();
  }
}
