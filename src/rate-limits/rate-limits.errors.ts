import { Unavailable } from '../common/reactions.errors.js';
import { withoutQuery } from '../common/query.js';

/**
 * Why a request was not sent: the platform refused requests, other processes use its slots, or it throttles this user.
 */
export type ThrottleReason = 'refused' | 'taken_by_others' | 'refused_for_user';

const THROTTLED_BECAUSE: Record<ThrottleReason, string> = {
  refused: 'throttles our requests',
  taken_by_others: 'has no free slot: other processes use all of them',
  refused_for_user: 'throttles the requests of this user',
};

/**
 * The platform throttles our requests, for longer than the caller waits; or other processes hold all of its slots. The
 * last request was not processed.
 *
 * @example
 * if (error instanceof PlatformThrottled) await delayJob(error.retryAt);
 */
export class PlatformThrottled extends Unavailable {
  /** Without its query. */
  readonly url: URL;

  constructor(
    url: URL,
    retryAt: Date,
    /** Why the request was not sent. */
    readonly reason: ThrottleReason = 'refused',
  ) {
    super({
      code: 'platform_throttled',
      message: `${url.host} ${THROTTLED_BECAUSE[reason]}. Try again after ${retryAt.toISOString()}.`,
      retryAt,
    });
    this.url = withoutQuery(url);
  }
}
