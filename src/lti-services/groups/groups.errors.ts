import {
  InvalidRequest,
  PlatformAnswerInvalid,
  PlatformRefused,
  Unavailable,
} from '../../common/reactions.errors.js';

/** `what` is read: `groups` or `group sets`. */
export const groupErrors = {
  noEndpoint: (what: string) =>
    new InvalidRequest({
      code: 'no_groups_endpoint',
      message: `This client has no URL of ${what}. Authenticate with end points that include one.`,
    }),
  /** @param words the platform's own text, fit to be shown; empty when it sent none */
  refused: (what: string, platformStatus: number, words: string) =>
    new PlatformRefused({
      code: 'groups_refused',
      specRef: 'Course Groups 1.0',
      message:
        `The platform refused to give the ${what} of the course with ${said(platformStatus, words)}. ` +
        'Ask its administrator to enable the groups service for this tool.',
      details: { platformStatus },
    }),
  unavailable: (what: string, platformStatus: number, words: string, retryAt: Date) =>
    new Unavailable({
      code: 'groups_unavailable',
      message: `The platform failed to give the ${what} of the course: ${said(platformStatus, words)}. Try again later.`,
      retryAt,
      details: { platformStatus },
    }),
  /** @param found what came instead, such as `an HTML page` */
  unreadable: (what: string, page: number, found: string) =>
    new PlatformAnswerInvalid({
      code: 'groups_unreadable',
      specRef: 'Course Groups 1.0',
      message: `Page ${page} of the ${what} of the course could not be read: ${found}. Check the URL of the service.`,
      details: { page },
    }),
  tooMany: (what: string, max: number) =>
    new InvalidRequest({
      code: 'too_many_groups',
      status: 422,
      message: `The course has more than ${max} ${what}. Raise max.`,
    }),
};

function said(platformStatus: number, words: string): string {
  return words === '' ? String(platformStatus) : `${platformStatus} (${words})`;
}
