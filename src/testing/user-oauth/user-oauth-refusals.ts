/** The answer to a refused token request (RFC 6749 5.2). */
interface UserTokenRefusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

const invalidRequest = (description: string) => ({ status: 400, error: 'invalid_request', description });
const invalidClient = (description: string) => ({ status: 401, error: 'invalid_client', description });
const invalidGrant = (description: string) => ({ status: 400, error: 'invalid_grant', description });

export const userTokenRefusals = {
  wrong_method: { status: 405, error: 'invalid_request', description: 'A token is asked for with POST.' },
  wrong_content_type: invalidRequest('The body has to be application/x-www-form-urlencoded.'),
  missing_parameter: invalidRequest('A parameter is missing.'),
  repeated_parameter: invalidRequest('A parameter is given twice.'),
  unsupported_grant_type: {
    status: 400,
    error: 'unsupported_grant_type',
    description: 'The grant_type you requested is not currently supported',
  },
  unknown_user_client: invalidClient('unknown client'),
  wrong_client_secret: invalidClient('invalid client'),
  wrong_client_auth: invalidClient('the client has to authenticate in the registered way'),
  unknown_code: invalidGrant('authorization_code not found'),
  used_code: invalidGrant('authorization_code not found'),
  expired_code: invalidGrant('authorization_code not found'),
  code_of_another_client: invalidGrant('incorrect client'),
  wrong_redirect_uri: invalidGrant('redirect_uri does not match'),
  unknown_refresh_token: invalidGrant('refresh_token not found'),
  spent_refresh_token: invalidGrant('refresh_token not found'),
  refresh_token_of_another_client: invalidGrant('incorrect client'),
} as const satisfies Record<string, UserTokenRefusal>;

export type UserTokenRefusalReason = keyof typeof userTokenRefusals;

/** Why the API refuses a call. The first five mean that the token or its scope is not valid. */
export type UserApiRefusalReason =
  | 'missing_user_token'
  | 'unknown_user_token'
  | 'expired_user_token'
  | 'user_key_off'
  | 'insufficient_user_scope'
  | 'no_permission'
  | 'unknown_resource'
  | 'bad_page'
  | 'quota_exceeded'
  | 'bad_body';
