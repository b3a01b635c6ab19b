/** What a running job says about its waits. */
export interface JobSlot {
  /**
   * The job waits for something outside this process, such as a platform, until the promise settles. A job may wait for several at
   * once.
   */
  waitsFor(outside: Promise<unknown>): void;
}

/**
 * A job that has waited for this long gives its slot back. Until then a platform that hangs can hold all slots of a process: with 500 ms,
 * the syncs of 18 other platforms took 1.3 times as long as alone. With 100 ms, runs of one busy platform waited in each other's slots,
 * and a sync cost a fourth statement.
 */
export const GIVEN_BACK_AFTER_MS = 200;
/** The most jobs of a worker that wait without a slot. It bounds the memory of jobs that wait. */
export const MOST_WAITING = 32;

/**
 * Counts the jobs of a worker that use its slots. A job that waits for the outside gives its slot back, so that a platform that
 * hangs keeps no slot from the jobs of the others. When its wait is over, the job goes on at once, beside the others.
 *
 * The times are the machine's, because the slots are: a test's clock that stands still must not keep a slot.
 */
export class JobSlots {
  private waiting = 0;

  /**
   * @param concurrency jobs at once that do not wait
   * @param apply sets how many jobs may be active, with those that wait
   */
  constructor(
    private readonly concurrency: number,
    private readonly apply: (active: number) => void,
  ) {}

  async run<T>(job: (slot: JobSlot) => Promise<T>): Promise<T> {
    const waits = new JobWaits((isWaiting) => this.changed(isWaiting));
    try {
      return await job(waits);
    } finally {
      waits.end();
    }
  }

  private changed(isWaiting: boolean): void {
    this.waiting += isWaiting ? 1 : -1;
    this.apply(this.concurrency + Math.min(this.waiting, MOST_WAITING));
  }
}

/** The waits of one job. It waits if no wait has begun or ended for `GIVEN_BACK_AFTER_MS`, and one goes on. */
class JobWaits implements JobSlot {
  private open = 0;
  private isWaiting = false;
  private hasEnded = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly changed: (isWaiting: boolean) => void) {}

  waitsFor(outside: Promise<unknown>): void {
    this.open += 1;
    this.moved();
    const settled = (): void => {
      this.open -= 1;
      this.moved();
    };
    outside.then(settled, settled);
  }

  end(): void {
    this.hasEnded = true;
    this.moved();
  }

  private moved(): void {
    this.set(false);
    if (this.open === 0 || this.hasEnded) {
      clearTimeout(this.timer);
      this.timer = undefined;
    } else if (this.timer === undefined) {
      this.timer = setTimeout(() => this.set(true), GIVEN_BACK_AFTER_MS);
      this.timer.unref();
    } else {
      this.timer.refresh();
    }
  }

  private set(isWaiting: boolean): void {
    if (this.isWaiting === isWaiting) return;
    this.isWaiting = isWaiting;
    this.changed(isWaiting);
  }
}
