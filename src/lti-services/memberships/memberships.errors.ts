import { LtiError } from '../../common/lti-error.js';

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
