import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { type PlatformUsers } from './platform-users.js';
import { styleOf } from './user-oauth-style.js';
import { type IssuedUserToken } from './user-tokens.js';

/** The answer with a user's token, changed by the faults of the request. */
export function userTokenAnswer(
  { token, accessToken, refreshToken }: IssuedUserToken,
  lifeSeconds: number,
  users: PlatformUsers,
  faults: readonly Fault[],
): Record<string, unknown> {
  const lie = faultOf(faults, 'expires-in');
  const hasNoRefreshToken = refreshToken === undefined || faultOf(faults, 'no-refresh-token') !== undefined;
  const isNamed = styleOf(token.client).answers === 'user';
  return {
    access_token: faultOf(faults, 'null-token') === undefined ? accessToken : null,
    token_type: 'Bearer',
    ...(isNamed ? { user: users.json(token.userId) } : {}),
    ...(faultOf(faults, 'masquerade') === undefined ? {} : { real_user: { id: 1, name: 'Administrator' } }),
    ...(hasNoRefreshToken ? {} : { refresh_token: refreshToken }),
    // A fault without a value is undefined, which JSON omits.
    expires_in: lie === undefined ? lifeSeconds : lie.value,
    ...(isNamed ? { canvas_region: 'us-east-1' } : { scope: token.scopes.join(' ') }),
  };
}
