import { type PlatformResponse } from '../platform-http/platform-http.service.js';
import { remember } from '../common/remember.js';

/** Less is covered by the backdating of assertions, and may be the network's. */
const NOTABLE_MS = 30_000;
/** More is no clock that runs wrong; a platform must not have us sign for days to come. */
const MAX_MS = 3_600_000;

/** How far the clocks of platforms are ahead of ours, as far as it made them refuse an assertion. */
export class PlatformClockOffsets {
  private readonly byOrigin = new Map<string, number>();

  /** In milliseconds; negative where the platform is behind. */
  of(url: string): number {
    return this.byOrigin.get(new URL(url).origin) ?? 0;
  }

  /** Learns from the `Date` of a refusal. @returns whether our idea of the platform's time was wrong */
  learn({ url, headers, receivedAt }: PlatformResponse): boolean {
    const offsetMs = Date.parse(headers.date ?? '') - receivedAt.getTime();
    if (Number.isNaN(offsetMs) || Math.abs(offsetMs) > MAX_MS) return false;
    if (Math.abs(offsetMs - this.of(url)) <= NOTABLE_MS) return false;
    remember(this.byOrigin, new URL(url).origin, offsetMs);
    return true;
  }
}
