import { LtiError } from '../../common/lti-error.js';
import { type UserApiRefusalReason, type UserTokenRefusalReason } from './user-oauth-refusals.js';

export class UnknownSimulatedUser extends LtiError {
  readonly code = 'unknown_simulated_user';
  readonly status = 404;

  constructor(userId: string) {
    super(`The simulated platform has no user ${userId}. Add it to a course.`);
  }
}

export class UnknownSimulatedUserToken extends LtiError {
  readonly code = 'unknown_simulated_user_token';
  readonly status = 404;

  constructor(id: number, userId: string) {
    super(`The user ${userId} has no token ${id}. The profile lists those that there are.`);
  }
}

/** Inside the users' token endpoint: which check failed. */
export class UserTokenRefused extends LtiError {
  readonly code = 'simulated_user_token_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(readonly reason: UserTokenRefusalReason) {
    super(`The token request is refused: ${reason}.`);
  }
}

/** Inside the users' API: which check failed. */
export class UserApiRefused extends LtiError {
  readonly code = 'simulated_user_api_refused';
  readonly status = 400;

  constructor(readonly reason: UserApiRefusalReason) {
    super(`The call is refused: ${reason}.`);
  }
}

/** Inside the authorization page: nothing may be sent to the tool, for its address is not known to be its own (RFC 6749 3.1.2.4). */
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
