import { LtiError } from '../../common/lti-error.js';

/** A user's token goes to the platform's API and nowhere else. */
export class UrlNotOnPlatform extends LtiError {
  readonly code = 'url_not_on_platform';
  readonly status = 400;

  constructor(origin: string, apiUrl: string) {
    super(`${origin} is not the platform's API, which is at ${apiUrl}: the user's token is not sent there.`);
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
