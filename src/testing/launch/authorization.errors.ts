import { LtiError } from '../../common/lti-error.js';
import { type AuthorizationRefusalReason } from '../families/refusals.js';

/** The check of an authorization request that failed, and the `error` for the tool. */
export class AuthorizationRefused extends LtiError {
  readonly code = 'simulated_authorization_refused';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.2';

  constructor(
    readonly reason: AuthorizationRefusalReason,
    message: string,
    readonly error = 'invalid_request',
  ) {
    super(message);
  }
}
