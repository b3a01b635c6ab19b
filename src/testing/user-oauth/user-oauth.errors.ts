import { InvalidRequest } from '../../common/reactions.errors.js';
import { type UserApiRefusalReason, type UserTokenRefusalReason } from './user-oauth-refusals.js';

/** The check of a token request that failed. Only the users' token end point catches it. */
export class UserTokenRefused extends InvalidRequest {
  constructor(readonly reason: UserTokenRefusalReason) {
    super({
      code: 'simulated_user_token_refused',
      message: `The token request is refused: ${reason}.`,
      specRef: 'RFC 6749 5.2',
    });
  }
}

/** The check of a call that failed. Only the users' API catches it. */
export class UserApiRefused extends InvalidRequest {
  constructor(readonly reason: UserApiRefusalReason) {
    super({ code: 'simulated_user_api_refused', message: `The call is refused: ${reason}.` });
  }
}

/** The address of the tool is not registered, so the authorization page sends nothing there (RFC 6749 3.1.2.4). */
export class UserAuthorizationRefused extends InvalidRequest {
  constructor(
    readonly reason: 'unknown_user_client' | 'unregistered_redirect_uri',
    message: string,
  ) {
    super({ code: 'simulated_user_authorization_refused', message, specRef: 'RFC 6749 4.1.2.1' });
  }
}
