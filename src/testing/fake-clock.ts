import { type Clock } from '../common/clock.js';

interface Sleeper {
  wakesAt: number;
  wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  private time: number;
  private readonly sleepers = new Set<Sleeper>();
  private readonly watchers = new Set<() => void>();

  constructor(start: Date = new Date('2026-01-05T08:00:00Z')) {
    this.time = start.getTime();
  }

  now(): Date {
    return new Date(this.time);
  }

  nowMs(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      if (ms <= 0) {
        resolve();
        return;
      }
      const onAbort = (): void => {
        if (this.sleepers.delete(sleeper)) reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        wakesAt: this.time + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.sleepers.add(sleeper);
      for (const watcher of this.watchers) watcher();
    });
  }

  /** How many callers sleep now. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  /** Resolves when at least `count` callers sleep: then the code under test does nothing else. */
  untilSleeping(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (this.sleepers.size < count) return;
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
      watcher();
    });
  }

  /** Moves the time forward and wakes the callers whose time is over, the earliest first. */
  advance(ms: number): void {
    this.time += ms;
    const due = [...this.sleepers].filter((sleeper) => sleeper.wakesAt <= this.time);
    for (const sleeper of due.sort((one, other) => one.wakesAt - other.wakesAt)) {
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
