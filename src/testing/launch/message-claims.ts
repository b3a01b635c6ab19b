import { type PlatformState } from '../platform/platform-state.js';
import { claimNames, type Claims } from './claim-names.js';
import { fillIn, type TemplateValues } from './json-template.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLaunch } from './simulated-launch.js';
import { personClaims, rolesOf } from './user-claims.js';

/** The claims of one type of message: a resource link (CORE 5.3.5), deep linking settings (DL 4.4.1), the reviewed user. */
export function messageClaims(
  launch: SimulatedLaunch,
  platform: PlatformState,
  values: TemplateValues,
): Claims {
  const { family } = platform;
  const { resourceLinkId, forMember } = launch;
  if (resourceLinkId === undefined) {
    const { placements } = family.launch.deepLinking;
    return {
      [claimNames.deepLinking]: deepLinkingSettings(launch, platform, values),
      ...(placements && { [placements.claim]: launch.placement }),
    };
  }
  const reviewed =
    forMember === undefined
      ? undefined
      : { user_id: forMember.userId, ...personClaims(forMember), roles: rolesOf(forMember, family.launch) };
  return {
    [claimNames.resourceLink]: resourceLinkJson(resourceLinkId, launch.course),
    [claimNames.forUser]: reviewed,
    ...(fillIn(family.launch.linkClaims, values) as Claims),
  };
}

/** The settings of a deep linking request (DL 4.4.1), as they are sent. */
export function deepLinkingSettings(
  launch: SimulatedLaunch,
  { url, family }: PlatformState,
  values: TemplateValues,
): Record<string, unknown> {
  const { returnPath, launchParameter = 'launch', settings, placements } = family.launch.deepLinking;
  const { course, placement = '' } = launch;
  const path = pathOf(returnPath, course.contextId);
  const parameters = new URLSearchParams({
    ...(placements && { [placements.returnParameter]: placement }),
    [launchParameter]: launch.id,
  });
  return {
    ...(fillIn({ ...settings, ...placements?.settings[placement] }, values) as object),
    ...launch.deepLinkingSettings,
    deep_link_return_url: `${url}${path}${path.includes('?') ? '&' : '?'}${parameters.toString()}`,
  };
}

export function resourceLinkJson(id: string, { resourceLinks }: SimulatedCourse) {
  const picked = resourceLinks.find((link) => link.id === id);
  return {
    id,
    title: picked?.title ?? `Activity ${id}`,
    description: picked?.text ?? `Introduction to ${id}`,
  };
}

/** The path of a course from its template. */
export function pathOf(template: string, contextId: string): string {
  return template.replace('{contextId}', encodeURIComponent(contextId));
}
