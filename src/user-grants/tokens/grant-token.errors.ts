import { LtiError } from '../../common/lti-error.js';

/** The platform does not know our client, or its secret: our fault, or the operator's. It is no user's, and ends no grant. */
export class GrantClientRefused extends LtiError {
  readonly code = 'user_grant_client_refused';
  readonly status = 502;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(
    readonly registrationId: string,
    words: string,
    override readonly retryAt: Date,
  ) {
    super(
      `The platform refuses our client for its API${inBrackets(words)}. Check client id and secret: ` +
        `PUT /api/v1/registrations/${registrationId}/user-grant-client.`,
    );
  }
}

/** A refresh was refused, and the answer means that the grant is no more. */
export class RefreshTokenRefused extends LtiError {
  readonly code = 'user_grant_refused';
  readonly status = 403;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(words: string) {
    super(`The platform says that the user's grant is no more${inBrackets(words)}.`);
  }
}

/** A refusal that says nothing of the grant: it stays. */
export class GrantRequestRefused extends LtiError {
  readonly code = 'user_grant_request_refused';
  readonly status = 502;

  constructor(answered: number, words: string) {
    super(`The platform's token endpoint refused our request with ${answered}${inBrackets(words)}.`);
  }
}

/** The platform is down, or answers what is no token. The grant stays as it is. */
export class GrantRequestFailed extends LtiError {
  readonly code = 'user_grant_request_failed';
  readonly status = 503;

  constructor(
    message: string,
    override readonly retryAt: Date,
    options?: ErrorOptions,
  ) {
    super(`${message} Try again later.`, options);
  }
}

/** Others have changed the grant again and again while it was to be refreshed. */
export class GrantBusy extends LtiError {
  readonly code = 'user_grant_busy';
  readonly status = 503;

  constructor(override readonly retryAt: Date) {
    super('Other processes are at the very same grant. Try again later.');
  }
}

/** What was granted is still valid at the platform: it could not be revoked now. It is used no more, and tried again. */
export class GrantNotRevoked extends LtiError {
  readonly code = 'user_grant_not_revoked';
  readonly status = 503;

  constructor(
    reason: string,
    override readonly retryAt: Date,
    options?: ErrorOptions,
  ) {
    super(
      `The tool uses the user's grant no more, but the platform could not be told yet: ${reason} It is tried again by itself.`,
      options,
    );
  }
}

function inBrackets(words: string): string {
  return words === '' ? '' : ` (${words})`;
}
