import { LtiError } from '../../common/lti-error.js';
import { type UserApiRefusalReason, type UserTokenRefusalReason } from './user-oauth-refusals.js';

/** The check of a token request that failed. Only the users' token end point catches it. */
export class UserTokenRefused extends LtiError {
  readonly code = 'simulated_user_token_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(readonly reason: UserTokenRefusalReason) {
    super(`The token request is refused: ${reason}.`);
  }
}

/** The check of a call that failed. Only the users' API catches it. */
export class UserApiRefused extends LtiError {
  readonly code = 'simulated_user_api_refused';
  readonly status = 400;

  constructor(readonly reason: UserApiRefusalReason) {
    super(`The call is refused: ${reason}.`);
  }
}

/** The address of the tool is not registered, so the authorization page sends nothing there (RFC 6749 3.1.2.4). */
export class UserAuthorizationRefused extends LtiError {
  readonly code = 'simulated_user_authorization_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 4.1.2.1';

  constructor(
    readonly reason: 'unknown_user_client' | 'unregistered_redirect_uri',
    message: string,
  ) {
    super(message);
  }
}
