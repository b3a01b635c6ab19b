import { InvalidRequest, PlatformRefused } from '../../common/reactions.errors.js';

export const userApiErrors = {
  /** A user's token is sent to the platform's API only. */
  urlNotOnPlatform: (origin: string, apiUrl: string) =>
    new InvalidRequest({
      code: 'url_not_on_platform',
      message: `${origin} is not the platform's API, which is at ${apiUrl}: the user's token is not sent there.`,
    }),
  listRefused: (answered: number, page: number, words: string) =>
    new PlatformRefused({
      code: 'user_api_refused',
      message: `Page ${page} of the list was refused with ${answered}${words === '' ? '' : ` (${words})`}.`,
      details: { answered, page },
    }),
  /**
   * The platform, or the storage that it names, did not take a file.
   *
   * @param reason about the platform: "it ..."
   */
  fileUploadFailed: (reason: string, options?: ErrorOptions) =>
    new PlatformRefused({
      code: 'user_file_upload_failed',
      message: `The platform did not take the file: ${reason}`,
      ...options,
    }),
  /** The content of a file differs from the announced length, or stopped arriving. */
  fileUnreadable: (status: 400 | 408 | 411, reason: string) =>
    new InvalidRequest({
      code: 'user_file_unreadable',
      status,
      message: `The file cannot be uploaded: ${reason}.`,
    }),
};
