import { InvalidRequest } from '../../common/reactions.errors.js';
import { type AuthorizationRefusalReason } from '../families/refusals.js';

/** The check of an authorization request that failed, and the `error` for the tool. */
export class AuthorizationRefused extends InvalidRequest {
  constructor(
    readonly reason: AuthorizationRefusalReason,
    message: string,
    readonly error = 'invalid_request',
  ) {
    super({ code: 'simulated_authorization_refused', message, specRef: 'SEC 5.1.1.2' });
  }
}
