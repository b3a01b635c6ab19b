import { type Clock, SystemClock } from '../common/clock.js';

interface Sleeper {
  wakesAt: number;
  wake: () => void;
}

/**
 * The machine's clock with an offset, for tests of what expires: give it to the application and to the simulated platform. It
 * runs on, so a wait for a real server ends.
 *
 * @example
 * const clock = new ShiftedClock();
 * const lms = await SimulatedPlatform.start({ clock });
 * const testing = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(Clock)
 *   .useValue(clock)
 *   .compile();
 * clock.advance(3600_000); // the access token has expired, here and at the platform
 */
export class ShiftedClock implements Clock {
  readonly #system = new SystemClock();
  readonly #sleepers = new Set<Sleeper>();
  #offsetMs = 0;

  /** The machine's time and the offset. */
  now(): Date {
    return new Date(this.nowMs());
  }

  /** The same in epoch milliseconds. */
  nowMs(): number {
    return this.#system.nowMs() + this.#offsetMs;
  }

  /** Ends after `ms`, or when the clock is set forward past that moment. Rejects with the reason of an aborted signal. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const sleeper = { wakesAt: this.nowMs() + ms, wake: () => woken.abort() };
    this.#sleepers.add(sleeper);
    try {
      const signals = signal === undefined ? [woken.signal] : [woken.signal, signal];
      await this.#system.sleep(ms, AbortSignal.any(signals));
    } catch (error) {
      signal?.throwIfAborted();
      if (!woken.signal.aborted) throw error;
    } finally {
      this.#sleepers.delete(sleeper);
    }
  }

  /**
   * Sets the clock forward by `ms`, or back if it is negative. Sleeps that end before the new time end now.
   *
   * @example
   * clock.advance(3600_000);
   */
  advance(ms: number): void {
    this.#offsetMs += ms;
    const nowMs = this.nowMs();
    for (const sleeper of this.#sleepers) if (sleeper.wakesAt <= nowMs) sleeper.wake();
  }
}
