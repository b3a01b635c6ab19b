import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { type UserApiRefusalReason, userTokenRefusals } from './user-oauth-refusals.js';
import { styleOf } from './user-oauth-style.js';
import { type UserTokenRefused } from './user-oauth.errors.js';

/** The answer to a refused token request. */
export function refusedToken(
  reason: UserTokenRefused['reason'],
  client: SimulatedUserOAuthClient | undefined,
  { headers }: PlatformRequest,
): Answer {
  const { status, error, description } = userTokenRefusals[reason];
  const isRefresh = reason === 'unknown_refresh_token' || reason === 'spent_refresh_token';
  const said = isRefresh && client !== undefined ? client.refusedRefresh : error;
  // RFC 6749 5.2: a client that used the Authorization header gets WWW-Authenticate.
  const isChallenged = status === 401 && headers.authorization !== undefined;
  return jsonAnswer(
    status,
    { error: said, error_description: description },
    {
      'cache-control': 'no-store',
      ...(isChallenged ? { 'www-authenticate': 'Basic realm="token"' } : {}),
      ...(status === 405 ? { allow: 'POST' } : {}),
    },
  );
}

/** The answer to a token that is no longer valid. */
export function deadToken(realm = 'canvas-lms'): Answer {
  return jsonAnswer(
    401,
    { errors: [{ message: 'Invalid access token.' }] },
    { 'www-authenticate': `Bearer realm="${realm}"` },
  );
}

/** The answer to a refused call of the API. `client` is the client of its token, if it had one. */
export function refusedCall(
  reason: UserApiRefusalReason,
  client: SimulatedUserOAuthClient | undefined,
): Answer {
  switch (reason) {
    case 'missing_user_token':
    case 'unknown_user_token':
    case 'expired_user_token':
    case 'user_key_off':
      return deadToken(client === undefined ? undefined : styleOf(client).realm);
    case 'insufficient_user_scope': {
      const style = client === undefined ? undefined : styleOf(client);
      return jsonAnswer(style?.insufficientScopeStatus ?? 401, {
        errors: [{ message: style?.insufficientScope }],
      });
    }
    case 'no_permission':
      // Without WWW-Authenticate, since the token is valid.
      return jsonAnswer(401, {
        status: 'unauthorized',
        errors: [{ message: 'user not authorized to perform that action' }],
      });
    case 'unknown_resource':
      return jsonAnswer(404, { errors: [{ message: 'The specified resource does not exist.' }] });
    case 'quota_exceeded':
      return jsonAnswer(400, { message: 'file size exceeds quota limits' });
    case 'bad_page':
    case 'bad_body':
      return jsonAnswer(400, { errors: [{ message: reason }] });
  }
}
