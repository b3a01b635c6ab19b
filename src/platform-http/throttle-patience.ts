import { type Clock } from '../common/clock.js';
import { PlatformThrottled } from './platform-http.errors.js';

/** How long one request is willing to wait for a throttled platform, over all its attempts. */
export class ThrottlePatience {
  constructor(
    private readonly clock: Clock,
    private readonly url: URL,
    private leftMs: number,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws PlatformThrottled at once, if that is longer than the patience that is left. */
  async waitUntil(end: Date): Promise<void> {
    const waitMs = end.getTime() - this.clock.now().getTime();
    if (waitMs > this.leftMs) throw new PlatformThrottled(this.url, end);
    this.leftMs -= waitMs;
    await this.clock.sleep(waitMs, this.signal);
  }
}
