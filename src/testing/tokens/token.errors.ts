import { LtiError } from '../../common/lti-error.js';
import { type TokenRefusalReason } from '../families/refusals.js';

/** The check of a token request that failed. Only the token end point catches it; the family decides on the answer. */
export class TokenRefused extends LtiError {
  readonly code = 'simulated_token_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(
    readonly reason: TokenRefusalReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}
