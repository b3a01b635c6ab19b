import pLimit, { type LimitFunction } from 'p-limit';
import { type Clock } from '../common/clock.js';
import { orAbort } from './or-abort.js';
import { type ThrottlePatience } from './throttle-patience.js';
import { ThrottlePause } from './throttle-pause.js';

export interface PlatformLaneOptions {
  /** Tasks at once. */
  concurrency: number;
  clock: Clock;
  random: () => number;
}

/** For what the requests in the other slots may be waiting for: access tokens. */
export const URGENT_SLOTS = 2;

/** The way to one platform: so many requests at once, and none while it is paused. */
export class PlatformLane {
  readonly pause: ThrottlePause;
  private readonly clock: Clock;
  private readonly slots: LimitFunction;
  private readonly urgentSlots = pLimit(URGENT_SLOTS);

  constructor({ concurrency, clock, random }: PlatformLaneOptions) {
    this.clock = clock;
    this.pause = new ThrottlePause(random);
    this.slots = pLimit(concurrency);
  }

  /**
   * Runs the task when the platform is not paused and a slot is free. Waiting for a pause takes no slot.
   *
   * @throws PlatformThrottled when the pause outlasts the caller's patience.
   */
  async run<T>(
    task: () => Promise<T>,
    patience: ThrottlePatience,
    urgency: 'usual' | 'urgent' = 'usual',
  ): Promise<T> {
    const slots = urgency === 'urgent' ? this.urgentSlots : this.slots;
    for (;;) {
      const pauseEnd = this.pause.endsAt(this.clock.now());
      if (pauseEnd !== undefined) await patience.waitUntil(pauseEnd);
      const run = await orAbort(
        slots(async () => {
          patience.signal?.throwIfAborted();
          // A pause may have begun while this one queued.
          if (this.pause.endsAt(this.clock.now()) !== undefined) return undefined;
          return { result: await task() };
        }),
        patience.signal,
      );
      if (run !== undefined) return run.result;
    }
  }
}
