import { type Job } from 'bullmq';

/** How long a run is delayed at least if no run of its platform ends in this process: another process may have the next one. */
export const SHORTEST_DELAY_MS = 30_000;
/** A delayed run that was started may begin in another process. If this one still has a place after this time, it starts the next. */
export const NEXT_AFTER_MS = 100;

/** The job of a run that waits for other runs of its registration. */
export type DelayedJob = Pick<Job, 'id' | 'priority' | 'promote'>;

/** The runs of one registration in this process. */
interface Platform {
  running: number;
  /** It did not answer the last request in time. One run at a time shows whether it answers again. */
  hasTimedOut: boolean;
  /** It throttles our requests until then: epoch ms. */
  throttledUntilMs: number;
  /** By job id, in the order in which they were delayed. */
  delayed: Map<string, DelayedJob>;
  next?: NodeJS.Timeout | undefined;
}

/**
 * Bounds the runs of one registration in this process, so that a platform that hangs cannot have all of them. A registration may have as
 * many runs as the process has slots: it reaches that only while some of them wait for the platform without a slot. After a time-out it
 * has one, until the platform answers (a circuit breaker that is half open).
 *
 * The runs above the bound are delayed. Each run that ends starts the next of them at once, and further ones as long as the registration
 * has a place for them here, because other processes take delayed runs, too.
 */
export class SyncAdmission {
  private readonly platforms = new Map<string, Platform>();

  constructor(
    private readonly concurrency: number,
    private readonly nowMs: () => number,
  ) {}

  /** Why a run may not start now; undefined: it may. */
  refusal(registrationId: string): { reason: string; until: Date } | undefined {
    const platform = this.platforms.get(registrationId);
    if (platform === undefined) return undefined;
    const nowMs = this.nowMs();
    if (platform.throttledUntilMs > nowMs) {
      // The runs that were refused come back at that time, and start these when they end.
      const until = new Date(platform.throttledUntilMs + jitter());
      return { reason: 'the platform throttles our requests', until };
    }
    if (placesOf(platform, this.concurrency) > 0) return undefined;
    const reason = platform.hasTimedOut
      ? 'the platform did not answer in time, and one run at a time shows whether it answers again'
      : `${platform.running} other runs wait for the platform`;
    return { reason, until: new Date(nowMs + jitter()) };
  }

  /** A run starts. Call `end` when it has ended. */
  start(registrationId: string): void {
    this.platformOf(registrationId).running += 1;
  }

  /** The platform has answered a request of a run. */
  answered(registrationId: string): void {
    const platform = this.platforms.get(registrationId);
    if (platform?.hasTimedOut !== true) return;
    platform.hasTimedOut = false;
    this.startDelayed(platform);
  }

  timedOut(registrationId: string): void {
    this.platformOf(registrationId).hasTimedOut = true;
  }

  throttled(registrationId: string, until: Date): void {
    const platform = this.platformOf(registrationId);
    platform.throttledUntilMs = Math.max(platform.throttledUntilMs, until.getTime());
  }

  /** A run has ended, or was delayed by its platform. */
  end(registrationId: string): void {
    const platform = this.platformOf(registrationId);
    platform.running -= 1;
    this.startDelayed(platform);
    const isKnown = platform.hasTimedOut || platform.throttledUntilMs > this.nowMs();
    if (platform.running === 0 && platform.delayed.size === 0 && !isKnown)
      this.platforms.delete(registrationId);
  }

  /** The job was delayed because of `refusal`. It starts as soon as the registration has a place for it. */
  delay(registrationId: string, job: DelayedJob): void {
    const platform = this.platformOf(registrationId);
    platform.delayed.set(job.id ?? '', job);
    // A run may have ended meanwhile.
    this.startDelayed(platform);
  }

  /** The job is not delayed any more. */
  taken(registrationId: string, jobId: string | undefined): void {
    this.platforms.get(registrationId)?.delayed.delete(jobId ?? '');
  }

  private startDelayed(platform: Platform): void {
    if (platform.throttledUntilMs > this.nowMs()) return;
    const places = placesOf(platform, this.concurrency);
    if (places <= 0 || platform.delayed.size === 0) return;
    const jobs = [...platform.delayed.values()].toSorted((one, other) => one.priority - other.priority);
    for (const job of jobs.slice(0, places)) {
      platform.delayed.delete(job.id ?? '');
      // Another process may have it. If the engine cannot be reached, the job comes back at the end of its delay.
      job.promote().catch(() => undefined);
    }
    if (platform.delayed.size === 0) return;
    // By the machine's clock, as the places are: a test's clock that stands still must not keep them empty.
    platform.next ??= setTimeout(() => {
      platform.next = undefined;
      this.startDelayed(platform);
    }, NEXT_AFTER_MS).unref();
  }

  private platformOf(registrationId: string): Platform {
    const known = this.platforms.get(registrationId);
    if (known !== undefined) return known;
    const platform = {
      running: 0,
      hasTimedOut: false,
      throttledUntilMs: 0,
      delayed: new Map<string, DelayedJob>(),
    };
    this.platforms.set(registrationId, platform);
    return platform;
  }
}

function placesOf({ hasTimedOut, running }: Platform, concurrency: number): number {
  return (hasTimedOut ? 1 : concurrency) - running;
}

/** Delayed jobs do not all come back at once. */
function jitter(): number {
  return SHORTEST_DELAY_MS * (1 + Math.random());
}
