import { LtiError } from '../../common/lti-error.js';

/** Host and path: the query may hold a secret. */
function describe(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

export class NoMembershipsEndpoint extends LtiError {
  readonly code = 'no_memberships_endpoint';
  readonly status = 400;

  constructor() {
    super('This client was made without a memberships URL. Authenticate with endpoints that name one.');
  }
}

/** The platform answered, and not with a roster. */
export interface Refusal {
  platformStatus: number;
  /** Of the page that was asked, from 1. */
  page: number;
  /** What the platform said, fit to be shown; empty when it said nothing. */
  words: string;
  /** What the operator can do. */
  advice: string;
}

export class MembershipsRefused extends LtiError {
  readonly code = 'memberships_refused';
  readonly status = 502;
  override readonly specRef = 'NRPS 2.0';

  constructor(readonly refusal: Refusal) {
    super(`The platform refused to give the course's members with ${said(refusal)}. ${refusal.advice}`);
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.refusal.platformStatus, page: this.refusal.page };
  }
}

/** The platform has a bound on rosters, and no pages: Open edX. */
export class RosterAbovePlatformLimit extends LtiError {
  readonly code = 'roster_above_platform_limit';
  readonly status = 502;

  constructor(
    readonly platformStatus: number,
    readonly page: number,
  ) {
    super(
      'The course has more members than this platform is set up to hand out. ' +
        "Ask its administrator to raise the limit (Open edX answered 'above_response_limit').",
    );
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.platformStatus, page: this.page };
  }
}

/** The platform failed over the request: it may be well again at `retryAt`. */
export class MembershipsUnavailable extends LtiError {
  readonly code = 'memberships_unavailable';
  readonly status = 503;

  constructor(
    readonly refusal: Refusal,
    override readonly retryAt: Date,
  ) {
    super(`The platform failed to give the course's members: ${said(refusal)}. ${refusal.advice}`);
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.refusal.platformStatus, page: this.refusal.page };
  }
}

/** Success, by its status; but what came is no page of a roster. None of it is shown: it may be about people. */
export class MembershipsUnreadable extends LtiError {
  readonly code = 'memberships_unreadable';
  readonly status = 502;
  override readonly specRef = 'NRPS 2.0';

  constructor(
    readonly page: number,
    /** What came instead, such as `an HTML page`. */
    readonly found: string,
    /** Where, as a path such as `members.3.user_id`. */
    readonly field?: string,
  ) {
    super(
      `Page ${page} of the course's members could not be read: ${found}` +
        `${field === undefined ? '' : ` (${field})`}. Check the memberships URL, and the platform's own log.`,
    );
  }

  override details(): Record<string, unknown> {
    return { page: this.page, ...(this.field !== undefined && { field: this.field }) };
  }
}

/** A link would take our token away from the end point that it is for. */
export class ForeignNextLink extends LtiError {
  readonly code = 'foreign_next_link';
  readonly status = 502;
  override readonly specRef = 'NRPS 2.0';

  constructor(link: string, endpoint: string) {
    super(
      `The course's members go on at ${new URL(link).origin}, but the memberships URL is at ${new URL(endpoint).origin}: ` +
        "that link is not followed. If both are the platform, its administrator has to correct its own address (a proxy's, often).",
    );
  }
}

/** A page that leads back to one that was read already would be read for ever. */
export class PageLoop extends LtiError {
  readonly code = 'page_loop';
  readonly status = 502;

  constructor(readonly page: number) {
    super(
      `After page ${page} of the course's members the platform leads back to a page that was read before. ` +
        'Its paging is broken: report it to its administrator.',
    );
  }
}

export class TooManyPages extends LtiError {
  readonly code = 'too_many_pages';
  readonly status = 502;

  constructor(maxPages: number, endpoint: string) {
    super(
      `${describe(endpoint)} has more than ${maxPages} pages of members. ` +
        'Ask for larger pages by a limit, or raise maxPages if the course is that large.',
    );
  }
}

/** More members than the caller wants in memory at once. */
export class RosterTooLarge extends LtiError {
  readonly code = 'roster_too_large';
  readonly status = 422;

  constructor(readonly max: number) {
    super(`The course has more than ${max} members. Read it page by page with stream(), or raise max.`);
  }
}

function said({ platformStatus, words }: Refusal): string {
  return words === '' ? `${platformStatus}` : `${platformStatus} (${words})`;
}
