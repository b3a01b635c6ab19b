import { agsScopes, groupScope, noticeScope, nrpsScope } from '../service-constants.js';
import { claimNames, type Claims } from './claim-names.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedLaunch } from './simulated-launch.js';

const gradeScopes: readonly string[] = Object.values(agsScopes);

/** The addresses of the services that the tool may use (AGS 2.0 3.1, NRPS 2.0 3.6.1.1, Course Groups 1.0, PNS 1.0). */
export function serviceClaims(launch: SimulatedLaunch, platform: PlatformState): Claims {
  const { nrpsVersions } = platform.family.launch;
  const { tool, course } = launch;
  const scope = tool.scopes.filter((each) => gradeScopes.includes(each));
  const grades = { scope, lineitems: course.lineItemsUrl, lineitem: lineItemOf(launch) };
  const members = { context_memberships_url: course.membershipsUrl, service_versions: nrpsVersions };
  return {
    ...(scope.length === 0 ? {} : { [claimNames.grades]: grades }),
    ...(tool.scopes.includes(nrpsScope) ? { [claimNames.memberships]: members } : {}),
    ...(course.groupsUrl !== undefined && tool.scopes.includes(groupScope)
      ? { [claimNames.groups]: groupsOf(course) }
      : {}),
    ...noticeClaim(launch, platform),
  };
}

function groupsOf({ groupsUrl, groupSetsUrl }: SimulatedLaunch['course']): object {
  return {
    context_groups_url: groupsUrl,
    context_group_sets_url: groupSetsUrl,
    scope: [groupScope],
    service_versions: ['1.0'],
  };
}

// AGS 2.0 3.1: only if the link has exactly one line item.
function lineItemOf({ course, resourceLinkId }: SimulatedLaunch): string | undefined {
  if (resourceLinkId === undefined) return undefined;
  const items = course.gradebook.lineItems.filter(({ content }) => content.resourceLinkId === resourceLinkId);
  return items.length === 1 ? items[0]?.url : undefined;
}

function noticeClaim(
  { tool: { clientId, scopes }, deploymentId }: SimulatedLaunch,
  { family, notices }: PlatformState,
): Claims {
  if (family.notices === undefined || !scopes.includes(noticeScope)) return {};
  return {
    [claimNames.noticeService]: {
      service_versions: ['1.0'],
      platform_notification_service_url: notices.serviceUrl({ clientId, deploymentId }),
      scope: [noticeScope],
      notice_types_supported: family.notices.types,
    },
  };
}
