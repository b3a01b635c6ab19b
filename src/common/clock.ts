import { setTimeout as delay } from 'node:timers/promises';

/**
 * Time, as a dependency: the domain never asks the machine.
 *
 * @example
 * class FixedClock implements Clock {
 *   now() {
 *     return new Date('2026-11-29T08:00:00Z');
 *   }
 *   nowMs() {
 *     return this.now().getTime();
 *   }
 *   async sleep() {}
 * }
 */
export interface Clock {
  /** The present moment. */
  now(): Date;
  /** The same in epoch milliseconds, for hot paths where a Date would cost more than the work. */
  nowMs(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
/** The injection token of the `Clock`. */
export const Clock = Symbol('Clock');

export class SystemClock implements Clock {
  now(): Date {
    // eslint-disable-next-line no-restricted-syntax -- the one place where the machine's time comes in
    return new Date();
  }

  nowMs(): number {
    // eslint-disable-next-line no-restricted-syntax -- the one place where the machine's time comes in
    return Date.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with an AbortError of its own; callers want the reason they gave.
      signal?.throwIfAborted();
      throw error;
    }
  }
}
