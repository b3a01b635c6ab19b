import {
  AccessDenied,
  ConfigurationInvalid,
  Conflict,
  NotFound,
  PlatformRefused,
  Unavailable,
} from '../common/reactions.errors.js';
import { type EndReason } from './end-reason.js';

const WHY: Record<EndReason, string> = {
  no_grant: 'The user has not allowed it yet.',
  refused_by_platform:
    'The platform says that it is no longer allowed: the user may have taken it back there.',
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

/**
 * Nothing can be called for the user before the user has allowed it. This is not a fault: show the user the URL.
 *
 * @example
 * if (error instanceof AuthorizationRequired) return { authorizeUrl: error.authorizeUrl };
 */
export class AuthorizationRequired extends AccessDenied {
  constructor(
    readonly reason: EndReason,
    /** Where the user allows it, in a window of its own. Undefined where the user has no open launch session. */
    readonly authorizeUrl?: string,
  ) {
    super({
      code: 'user_authorization_required',
      message: `The user has to authorize the tool at the platform. ${WHY[reason]}`,
      details: { reason, ...(authorizeUrl !== undefined && { authorizeUrl }) },
    });
  }
}

export const userGrantErrors = {
  notFound: (id: string) =>
    new NotFound({ code: 'user_grant_not_found', message: `There is no user grant ${id}.` }),
  /** A launch by LTI 1.1, or one that does not say who the user is. */
  launchHasNoUser: () =>
    new Conflict({
      code: 'launch_has_no_user',
      message: 'Only a user who was launched by LTI 1.3, and not anonymously, can authorize the tool.',
    }),
  /** No key of the ring decrypts a stored grant. The user is not asked again: the key may come back. */
  unreadable: (grantId: string, options?: ErrorOptions) =>
    new ConfigurationInvalid({
      code: 'user_grant_unreadable',
      message:
        `The tokens of user grant ${grantId} cannot be decrypted; they are left as they are. ` +
        'Put the key that wrote them back into the key ring.',
      details: { grantId },
      ...options,
    }),
  /**
   * The user may not do this, or has not allowed the tool to; or the platform does not let this client act for users.
   *
   * @param words the platform's own, as they may be shown
   */
  permissionDenied: (words: string) =>
    new PlatformRefused({
      code: 'platform_permission_denied',
      status: 403,
      message:
        `The platform does not let this user do this${words === '' ? '' : ` (${words})`}. ` +
        "Check the user's permissions there, and that the tool's client is switched on and has the scopes.",
    }),
};

export function isStoreUnavailable(error: unknown): error is Unavailable {
  return error instanceof Unavailable && error.code === 'database_unavailable';
}
