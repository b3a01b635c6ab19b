import { type Clock } from '../common/clock.js';
import { type LaunchSession } from '../launch/sessions/launch-session.entity.js';
import { type GrantClient } from './clients/grant-client.js';
import { consentErrors } from './consent/consent.errors.js';
import { type UserGrantProvider } from './providers/user-grant-provider.schema.js';
import { userIdOf } from './tokens/token-answer.js';
import { type GrantKey } from './user-grant.entity.js';
import { userGrantErrors } from './user-grants.errors.js';
import { launchSessionErrors } from '../launch/sessions/launch-session.errors.js';

/** Whose grant a launch is about. @throws {Conflict} `launch_has_no_user` */
export function grantKeyOf({ registrationId, userId }: LaunchSession): GrantKey {
  if (registrationId === null || userId === null) throw userGrantErrors.launchHasNoUser();
  return { registrationId, userId };
}

/** @throws {AccessDenied} `launch_session_revoked`, `launch_session_expired` */
export function assertOpen({ revokedAt, expiresAt }: LaunchSession, clock: Clock): void {
  if (revokedAt !== null) throw launchSessionErrors.required('revoked');
  if (expiresAt.getTime() <= clock.nowMs()) throw launchSessionErrors.required('expired');
}

/** The platform's own id of the launched user, which differs from that of LTI. Undefined if the launch does not have it. */
export function platformUserIdOf(
  { launch }: LaunchSession,
  { userIdParameter }: UserGrantProvider,
): string | undefined {
  if (userIdParameter === null || !Object.hasOwn(launch.custom, userIdParameter)) return undefined;
  const id = userIdOf(launch.custom[userIdParameter]);
  // A variable that the platform does not know comes back as it was entered.
  return id?.startsWith('$') === true ? undefined : id;
}

/**
 * @throws {ConsentRefused} `user_grant_unverified` where a consent counts only if it is the launched user's own, and the launch does not say who that
 *   is at the API
 */
export function assertNamesUser(
  session: LaunchSession,
  { provider, unverified }: Pick<GrantClient, 'provider' | 'unverified'>,
): void {
  if (unverified === 'allow' || platformUserIdOf(session, provider) !== undefined) return;
  throw consentErrors.unverified(provider.userIdParameter);
}
