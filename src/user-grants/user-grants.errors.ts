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
  no_grant: 'The user has not authorized it yet.',
  refused_by_platform: 'The platform has ended the authorization: the user may have revoked it there.',
  refresh_answer_lost:
    "The platform's answer to an earlier refresh was lost, and each of its refresh tokens works once.",
  no_refresh_token: 'The access token has expired, and the platform did not issue a refresh token.',
  insufficient_scope: 'The user has granted fewer scopes than this call needs.',
  scopes_changed: 'The tool now needs more scopes than the user has authorized.',
  wrong_user: 'Another user of the platform has authorized it.',
  unverified: 'It is not known which user of the platform has authorized it.',
  client_changed: 'The client of the tool at the platform has changed.',
  revoked: 'The user has logged out.',
};

/**
 * The API cannot be called as the user before the user has authorized the tool. This is not a fault: show the user the URL.
 *
 * @example
 * if (error instanceof AuthorizationRequired) return { authorizeUrl: error.authorizeUrl };
 */
export class AuthorizationRequired extends AccessDenied {
  constructor(
    /** Why the user has to authorize the tool. It is in the problem details, too. */
    readonly reason: EndReason,
    /** Where the user authorizes the tool; open it in a new window. Undefined where the user has no open launch session. */
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
        `The tokens of user grant ${grantId} cannot be decrypted; they are kept unchanged. ` +
        'Put the key that encrypted them back into ENCRYPTION_KEYS.',
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
