import { type Clock, SystemClock } from '../../src/common/clock.js';

interface Sleeper {
  wakesAt: number;
  wake: () => void;
}

/** The machine's clock with an offset. It runs on, so a wait for a real server ends. */
export class ShiftedClock implements Clock {
  private readonly system = new SystemClock();
  private readonly sleepers = new Set<Sleeper>();
  private offsetMs = 0;

  now(): Date {
    return new Date(this.system.now().getTime() + this.offsetMs);
  }

  nowMs(): number {
    return this.now().getTime();
  }

  /** Ends after `ms`, or when the clock is set forward past that moment. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const sleeper = { wakesAt: this.now().getTime() + ms, wake: () => woken.abort() };
    this.sleepers.add(sleeper);
    try {
      const signals = signal === undefined ? [woken.signal] : [woken.signal, signal];
      await this.system.sleep(ms, AbortSignal.any(signals));
    } catch (error) {
      signal?.throwIfAborted();
      if (!woken.signal.aborted) throw error;
    } finally {
      this.sleepers.delete(sleeper);
    }
  }

  /** Advances the clock; a negative value sets it back. */
  advance(ms: number): void {
    this.offsetMs += ms;
    const nowMs = this.now().getTime();
    for (const sleeper of this.sleepers) if (sleeper.wakesAt <= nowMs) sleeper.wake();
  }
}
