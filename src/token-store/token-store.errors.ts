import { LtiError } from '../common/lti-error.js';

/** The token store did not answer, or not in time. Tokens are asked for without it meanwhile. */
export class TokenStoreUnavailable extends LtiError {
  readonly code = 'token_store_unavailable';
  readonly status = 503;

  /** @param reason in words fit for a log: no URL, no password */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The token store is not available (${reason}).`, options);
  }
}

export class TokenNotFound extends LtiError {
  readonly code = 'token_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no stored token ${id}: it may have been renewed under other settings, or forgotten.`);
  }
}
