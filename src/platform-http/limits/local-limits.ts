import { type Clock } from '../../common/clock.js';
import {
  type PlatformLimits,
  type PlatformShare,
  type PlatformTraffic,
  type Refusal,
} from './platform-limits.js';
import { afterRefusal, boundsAt, type LimitBounds, NOT_SLOWED, type SlowDown } from './slow-down.js';

/** The whole limit is this process' own: there are no others, or nothing to share it by. */
export class LocalPlatformLimits implements PlatformLimits {
  constructor(
    private readonly full: LimitBounds,
    private readonly clock: Clock,
  ) {}

  share(_origin: string, traffic: PlatformTraffic): PlatformShare {
    return new LocalShare(this.full, traffic, this.clock);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class LocalShare implements PlatformShare {
  readonly isKnown = true;
  private slowDown: SlowDown = NOT_SLOWED;

  constructor(
    private readonly full: LimitBounds,
    private readonly traffic: PlatformTraffic,
    private readonly clock: Clock,
  ) {}

  get slots(): number {
    return this.bounds.slots;
  }

  get perSecond(): number | undefined {
    return this.bounds.perSecond;
  }

  known(): Promise<void> {
    return Promise.resolve();
  }

  left(): void {
    // What changes with time is looked at with each request.
  }

  refused({ pauseEnd, isFirst }: Refusal): void {
    if (isFirst) {
      const { perSecond } = this.traffic;
      this.slowDown = afterRefusal(this.slowDown, this.clock.nowMs(), pauseEnd.getTime(), perSecond);
    } else if (this.slowDown.since < pauseEnd.getTime()) {
      this.slowDown = { ...this.slowDown, since: pauseEnd.getTime() };
    }
  }

  release(): void {
    // Nobody else waits for it.
  }

  private get bounds(): LimitBounds {
    return this.slowDown === NOT_SLOWED ? this.full : boundsAt(this.slowDown, this.full, this.clock.nowMs());
  }
}
