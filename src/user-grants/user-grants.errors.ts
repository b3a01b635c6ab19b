import { LtiError } from '../common/lti-error.js';
import { type EndReason } from './end-reason.js';

const WHY: Record<EndReason, string> = {
  no_grant: 'The user has not allowed it yet.',
  refused_by_platform: 'The platform says that it is allowed no more: the user may have taken it back there.',
  refresh_answer_lost:
    "The platform's answer to an earlier refresh was lost, and its refresh tokens are good for one use only.",
  no_refresh_token: 'The token has ended, and the platform gave nothing to refresh it with.',
  insufficient_scope: 'The user has allowed less than this call needs.',
  scopes_changed: 'The tool asks for more than the user was asked for at the time.',
  wrong_user: 'It was another user of the platform who allowed it.',
  unverified: 'It is not known which user of the platform allowed it.',
  client_changed: "The tool's client at the platform is another one now.",
  revoked: 'The user has logged out.',
};

/** Nothing can be called for the user before the user has allowed it. No fault: show the user the URL. */
export class AuthorizationRequired extends LtiError {
  readonly code = 'user_authorization_required';
  readonly status = 403;

  constructor(
    readonly reason: EndReason,
    /** Where the user allows it, in a window of its own. Undefined where the user has no open launch session. */
    readonly authorizeUrl?: string,
  ) {
    super(`The user has to authorize the tool at the platform. ${WHY[reason]}`);
  }

  override details(): Record<string, unknown> {
    return {
      reason: this.reason,
      ...(this.authorizeUrl !== undefined && { authorizeUrl: this.authorizeUrl }),
    };
  }
}

export class UserGrantNotFound extends LtiError {
  readonly code = 'user_grant_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no user grant ${id}.`);
  }
}

/** A launch by LTI 1.1, or one that does not say who the user is. */
export class LaunchHasNoUser extends LtiError {
  readonly code = 'launch_has_no_user';
  readonly status = 409;

  constructor() {
    super('Only a user who was launched by LTI 1.3, and not anonymously, can authorize the tool.');
  }
}

/** The grants are in the database alone: without it nothing is called and nothing is refreshed. */
export class GrantStoreUnavailable extends LtiError {
  readonly code = 'database_unavailable';
  readonly status = 503;

  constructor(
    override readonly retryAt: Date,
    options?: ErrorOptions,
  ) {
    super('The database cannot be reached. Try again later.', options);
  }
}

/** A stored grant opens with no key of the ring. That is no reason to ask the user again: the key may come back. */
export class GrantUnreadable extends LtiError {
  readonly code = 'user_grant_unreadable';
  readonly status = 500;

  constructor(
    readonly grantId: string,
    options?: ErrorOptions,
  ) {
    super(
      `The tokens of user grant ${grantId} cannot be decrypted; they are left as they are. ` +
        'Put the key that wrote them back into the key ring.',
      options,
    );
  }

  override details(): Record<string, unknown> {
    return { grantId: this.grantId };
  }
}

/** The user may not do this, or has not allowed the tool to; or the platform does not let this client act for users. */
export class PlatformPermissionDenied extends LtiError {
  readonly code = 'platform_permission_denied';
  readonly status = 403;

  /** @param words the platform's own, as they may be shown */
  constructor(words: string) {
    super(
      `The platform does not let this user do this${words === '' ? '' : ` (${words})`}. ` +
        "Check the user's permissions there, and that the tool's client is switched on and has the scopes.",
    );
  }
}
