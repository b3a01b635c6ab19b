import { AccessDenied, Conflict, NotFound } from '../common/reactions.errors.js';

const CHALLENGE = 'Bearer realm="nest-lti"';

export const accessErrors = {
  keyRequired: () =>
    new AccessDenied({
      code: 'api_key_required',
      status: 401,
      message: 'This needs an API key: send the header "Authorization: Bearer <key>".',
      specRef: 'RFC 6750 3',
      challenge: CHALLENGE,
    }),
  keyRejected: () =>
    new AccessDenied({
      code: 'api_key_rejected',
      status: 401,
      message: 'The API key is unknown or was revoked.',
      specRef: 'RFC 6750 3.1',
      challenge: `${CHALLENGE}, error="invalid_token"`,
    }),
  sessionExpired: () =>
    new AccessDenied({
      code: 'session_expired',
      status: 401,
      message: 'The session has ended, or its API key was revoked: sign in again.',
      challenge: CHALLENGE,
    }),
  /** A change that another site may have caused: a browser adds the cookie by itself. */
  requestNotFromPage: (reason: string) =>
    new AccessDenied({
      code: 'cross_site_request',
      message: `A session changes something only for a page of this service: ${reason}. Programs send an API key instead.`,
    }),
  keyReadOnly: () =>
    new AccessDenied({
      code: 'api_key_read_only',
      message: 'This API key may only read. Use one with scope "write".',
      specRef: 'RFC 6750 3.1',
      challenge: `${CHALLENGE}, error="insufficient_scope", scope="write"`,
    }),
  keyNotFound: (id: string) =>
    new NotFound({
      code: 'api_key_not_found',
      message: `There is no API key ${id}. Give the id of the key, not the key itself.`,
    }),
  keyConfigured: () =>
    new Conflict({
      code: 'api_key_configured',
      message: 'This API key comes from the configuration: set another ADMIN_API_KEY and restart to end it.',
    }),
  lastWriteKey: () =>
    new Conflict({
      code: 'last_write_key',
      message: 'This is the last working API key that may write. Create another one first.',
    }),
};
