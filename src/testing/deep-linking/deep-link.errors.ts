import { LtiError } from '../../common/lti-error.js';
import { type DeepLinkRefusalReason } from '../families/refusals.js';

/** The check of a deep linking response that failed. Only the return URL's route catches it; the family decides on the answer. */
export class DeepLinkRefused extends LtiError {
  readonly code = 'simulated_deep_link_refused';
  readonly status = 400;
  override readonly specRef = 'DL 4.4';

  constructor(
    readonly reason: DeepLinkRefusalReason,
    message: string,
  ) {
    super(message);
  }
}
