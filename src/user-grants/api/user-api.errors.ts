import { LtiError } from '../../common/lti-error.js';

/** A user's token goes to the platform's API and nowhere else. */
export class UrlNotOnPlatform extends LtiError {
  readonly code = 'url_not_on_platform';
  readonly status = 400;

  constructor(origin: string, apiUrl: string) {
    super(`${origin} is not the platform's API, which is at ${apiUrl}: the user's token is not sent there.`);
  }
}

/** The token is good, and the user may not do this, or has not allowed the tool to. */
export class PlatformPermissionDenied extends LtiError {
  readonly code = 'platform_permission_denied';
  readonly status = 403;

  constructor(words: string) {
    super(
      `The platform does not let this user do this${words === '' ? '' : ` (${words})`}. ` +
        "Check the user's permissions there, and the scopes of our client.",
    );
  }
}

/** A token that was refreshed just now is refused, too. */
export class UserTokenRejected extends LtiError {
  readonly code = 'user_token_rejected';
  readonly status = 502;

  constructor() {
    super(
      "The platform refuses the user's token, also a new one. Report it to the platform's administrator.",
    );
  }
}

/** A list could not be read. */
export class UserApiRefused extends LtiError {
  readonly code = 'user_api_refused';
  readonly status = 502;

  constructor(
    readonly answered: number,
    readonly page: number,
    words: string,
  ) {
    super(`Page ${page} of the list was refused with ${answered}${words === '' ? '' : ` (${words})`}.`);
  }

  override details(): Record<string, unknown> {
    return { answered: this.answered, page: this.page };
  }
}
