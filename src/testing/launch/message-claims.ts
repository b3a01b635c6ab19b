import { type PlatformState } from '../platform/platform-state.js';
import { claimNames, type Claims } from './claim-names.js';
import { fillIn, type TemplateValues } from './json-template.js';
import { type SimulatedLaunch } from './simulated-launch.js';
import { personClaims, rolesOf } from './user-claims.js';

/** The claims of one type of message: a resource link (CORE 5.3.5), deep linking settings (DL 4.4.1), the reviewed user. */
export function messageClaims(
  launch: SimulatedLaunch,
  { url, family }: PlatformState,
  values: TemplateValues,
): Claims {
  const { returnPath, settings } = family.launch.deepLinking;
  const { resourceLinkId, forMember } = launch;
  if (resourceLinkId === undefined) {
    const returnUrl = url + pathOf(returnPath, launch.course.contextId);
    return {
      [claimNames.deepLinking]: { ...(fillIn(settings, values) as object), deep_link_return_url: returnUrl },
    };
  }
  const reviewed =
    forMember === undefined
      ? undefined
      : { user_id: forMember.userId, ...personClaims(forMember), roles: rolesOf(forMember, family.launch) };
  return {
    [claimNames.resourceLink]: resourceLinkJson(resourceLinkId),
    [claimNames.forUser]: reviewed,
    ...(fillIn(family.launch.linkClaims, values) as Claims),
  };
}

export function resourceLinkJson(id: string) {
  return { id, title: `Activity ${id}`, description: `Introduction to ${id}` };
}

/** The path of a course from its template. */
export function pathOf(template: string, contextId: string): string {
  return template.replace('{contextId}', encodeURIComponent(contextId));
}
