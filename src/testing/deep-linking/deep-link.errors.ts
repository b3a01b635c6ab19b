import { InvalidRequest } from '../../common/reactions.errors.js';
import { type DeepLinkRefusalReason } from '../families/refusals.js';

/** The check of a deep linking response that failed. Only the return URL's route catches it; the family decides on the answer. */
export class DeepLinkRefused extends InvalidRequest {
  constructor(
    readonly reason: DeepLinkRefusalReason,
    message: string,
  ) {
    super({ code: 'simulated_deep_link_refused', message, specRef: 'DL 4.4' });
  }
}
