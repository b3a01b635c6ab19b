import { type PlatformState } from '../platform/platform-state.js';
import { type TemplateValues } from './json-template.js';
import { type SimulatedLaunch } from './simulated-launch.js';

/** The values for the templates of a family. */
export function launchValues(launch: SimulatedLaunch, { url, family }: PlatformState): TemplateValues {
  const { member, course } = launch;
  return {
    url,
    launchId: launch.id,
    contextId: course.contextId,
    membershipsUrl: course.membershipsUrl,
    resourceLinkId: launch.resourceLinkId,
    userId: member?.userId,
    username: member?.username,
    sourcedId: member?.sourcedId,
    picture: member?.picture,
    lti11UserId: member === undefined ? undefined : lti11Id(member.userId, family.launch.lti11Ids),
  };
}

/** The id that a user, course or link had in LTI 1.1. */
export function lti11Id(id: string, ids: 'same' | 'prefixed'): string {
  return ids === 'same' ? id : `lti11-${id}`;
}
