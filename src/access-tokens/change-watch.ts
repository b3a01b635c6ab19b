import { type Clock } from '../common/clock.js';

/** Remembers that something changed until somebody asks, so that a change between two looks is not missed. */
export class ChangeWatch {
  private hasChanged = false;
  private wake: () => void = () => undefined;

  tell(): void {
    this.hasChanged = true;
    this.wake();
  }

  /** Resolves at the first change since it last did, or after `ms`. */
  async next(clock: Clock, ms: number): Promise<void> {
    if (!this.hasChanged) {
      const slept = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => (this.wake = resolve)),
        clock.sleep(ms, slept.signal).catch(() => undefined),
      ]);
      slept.abort();
    }
    this.hasChanged = false;
  }
}
