import { LtiError } from '../common/lti-error.js';
import { withoutQuery } from '../common/without-query.js';

export type ThrottleReason = 'refused' | 'taken_by_others' | 'refused_for_user';

const THROTTLED_BECAUSE: Record<ThrottleReason, string> = {
  refused: 'throttles our requests',
  taken_by_others: 'has no free slot: other processes use all of them',
  refused_for_user: 'throttles the requests of this user',
};

/**
 * The platform throttles our requests, for longer than the caller waits; or other processes hold all of its slots. The
 * last request was not processed.
 */
export class PlatformThrottled extends LtiError {
  readonly code = 'platform_throttled';
  readonly status = 503;

  /** Without its query. */
  readonly url: URL;

  constructor(
    url: URL,
    override readonly retryAt: Date,
    readonly reason: ThrottleReason = 'refused',
  ) {
    super(`${url.host} ${THROTTLED_BECAUSE[reason]}. Try again after ${retryAt.toISOString()}.`);
    this.url = withoutQuery(url);
  }

  override details(): Record<string, unknown> {
    return { retryAt: this.retryAt.toISOString() };
  }
}
