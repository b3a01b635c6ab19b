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

/** The platform, or the storage that it names, did not take a file. */
export class FileUploadFailed extends LtiError {
  readonly code = 'user_file_upload_failed';
  readonly status = 502;

  /** @param reason about the platform: "it ..." */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The platform did not take the file: ${reason}`, options);
  }
}

/** The content of a file differs from the announced length, or stopped arriving. */
export class FileUnreadable extends LtiError {
  readonly code = 'user_file_unreadable';

  constructor(
    readonly status: 400 | 408 | 411,
    reason: string,
  ) {
    super(`The file cannot be uploaded: ${reason}.`);
  }
}
