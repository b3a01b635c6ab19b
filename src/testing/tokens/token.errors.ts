import { InvalidRequest } from '../../common/reactions.errors.js';
import { type TokenRefusalReason } from '../families/refusals.js';

/** The check of a token request that failed. Only the token end point catches it; the family decides on the answer. */
export class TokenRefused extends InvalidRequest {
  constructor(
    readonly reason: TokenRefusalReason,
    readonly detail: string,
  ) {
    super({ code: 'simulated_token_refused', message: detail, specRef: 'RFC 6749 5.2' });
  }
}
