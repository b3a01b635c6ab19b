import { PlatformRefused, Unavailable } from '../../common/reactions.errors.js';

export const grantTokenErrors = {
  /** The platform does not know our client, or its secret. The operator can help; no grant ends. */
  clientRefused: (registrationId: string, words: string, retryAt: Date) =>
    new PlatformRefused({
      code: 'user_grant_client_refused',
      message:
        `The platform refuses the tool's client for its API${inBrackets(words)}. Check client id and secret: ` +
        `PUT /api/v1/registrations/${registrationId}/user-grant-client.`,
      specRef: 'RFC 6749 5.2',
      retryAt,
    }),
  /** The refusal is not about the grant, so the grant stays. */
  requestRefused: (answered: number, words: string) =>
    new PlatformRefused({
      code: 'user_grant_request_refused',
      message: `The platform's token endpoint refused the request with ${answered}${inBrackets(words)}.`,
    }),
  /** The platform is down, or its answer is not a token. The grant does not change. */
  requestFailed: (message: string, retryAt: Date, options?: ErrorOptions) =>
    new Unavailable({
      code: 'user_grant_request_failed',
      message: `${message} Try again later.`,
      retryAt,
      ...options,
    }),
  /** Other processes changed the grant several times while it was to be refreshed. */
  busy: (retryAt: Date) =>
    new Unavailable({
      code: 'user_grant_busy',
      message: 'Other processes use the same grant. Try again later.',
      retryAt,
    }),
};

/** A refresh was refused, and the answer means that the grant has ended. */
export class RefreshTokenRefused extends PlatformRefused {
  constructor(words: string) {
    super({
      code: 'user_grant_refused',
      status: 403,
      message: `The platform says that the user's grant has ended${inBrackets(words)}.`,
      specRef: 'RFC 6749 5.2',
    });
  }
}

/** The grant is still valid at the platform, because it could not be revoked now. It is not used again, and its revocation is retried. */
export class GrantNotRevoked extends Unavailable {
  constructor(reason: string, retryAt: Date, options?: ErrorOptions) {
    super({
      code: 'user_grant_not_revoked',
      message: `The tool no longer uses the user's grant, but the platform could not revoke it yet: ${reason} This is retried.`,
      retryAt,
      ...options,
    });
  }
}

function inBrackets(words: string): string {
  return words === '' ? '' : ` (${words})`;
}
