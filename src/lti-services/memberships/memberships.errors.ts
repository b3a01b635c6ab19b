import {
  InvalidRequest,
  PlatformAnswerInvalid,
  PlatformRefused,
  Unavailable,
} from '../../common/reactions.errors.js';

/** The platform answered the request for a roster with an error. */
export interface Refusal {
  platformStatus: number;
  /** The number of the requested page, from 1. */
  page: number;
  /** The platform's own text, fit to be shown; empty when it sent none. */
  words: string;
  /** What the operator can do. */
  advice: string;
}

/** The platform answered a request for a roster with an error of 4xx. */
export class MembershipsRefused extends PlatformRefused {
  constructor(
    refusal: Refusal,
    /** The platform itself says that it has no such course, or that the tool is not in it: 404 or 410, but no page of a proxy. */
    readonly isCourseGone: boolean,
  ) {
    super({
      code: 'memberships_refused',
      message: `The platform refused to give the course's members with ${said(refusal)}. ${refusal.advice}`,
      specRef: 'NRPS 2.0',
      details: { platformStatus: refusal.platformStatus, page: refusal.page },
    });
  }
}

export const membershipErrors = {
  noEndpoint: () =>
    new InvalidRequest({
      code: 'no_memberships_endpoint',
      message: 'This client has no memberships URL. Authenticate with endpoints that include one.',
    }),
  /** The platform limits the size of a roster and has no pages: Open edX. */
  abovePlatformLimit: (platformStatus: number, page: number) =>
    new PlatformRefused({
      code: 'roster_above_platform_limit',
      message:
        'The course has more members than this platform is configured to list. ' +
        "Ask its administrator to raise the limit (Open edX answered 'above_response_limit').",
      details: { platformStatus, page },
    }),
  /** The platform failed to process the request: it may work again at `retryAt`. */
  unavailable: (refusal: Refusal, retryAt: Date) =>
    new Unavailable({
      code: 'memberships_unavailable',
      message: `The platform failed to give the course's members: ${said(refusal)}. ${refusal.advice}`,
      retryAt,
      details: { platformStatus: refusal.platformStatus, page: refusal.page },
    }),
  /**
   * The status is a success, but the body is not a page of a roster. None of it is shown: it may contain personal data.
   *
   * @param found what came instead, such as `an HTML page`
   * @param field where, as a path such as `members.3.user_id`
   */
  unreadable: (page: number, found: string, field?: string) =>
    new PlatformAnswerInvalid({
      code: 'memberships_unreadable',
      message:
        `Page ${page} of the course's members could not be read: ${found}` +
        `${field === undefined ? '' : ` (${field})`}. Check the memberships URL, and the platform's own log.`,
      specRef: 'NRPS 2.0',
      details: { page, ...(field !== undefined && { field }) },
    }),
  /** More members than the caller wants in memory at once. */
  tooLarge: (max: number) =>
    new InvalidRequest({
      code: 'roster_too_large',
      status: 422,
      message: `The course has more than ${max} members. Read it page by page with stream(), or raise max.`,
    }),
};

function said({ platformStatus, words }: Refusal): string {
  return words === '' ? `${platformStatus}` : `${platformStatus} (${words})`;
}
