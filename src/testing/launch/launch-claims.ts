import { type PlatformState } from '../platform/platform-state.js';
import { claimNames, type Claims } from './claim-names.js';
import { fillIn } from './json-template.js';
import { type LaunchQuirks } from '../families/launch-quirks.js';
import { launchValues } from './launch-values.js';
import { lti11Claim } from './lti11-claim.js';
import { messageClaims, pathOf } from './message-claims.js';
import { serviceClaims } from './service-claims.js';
import { type SimulatedLaunch } from './simulated-launch.js';
import { substituted } from './substitution.js';
import { personClaims, rolesOf } from './user-claims.js';

/** The claims of a launch's id_token (SEC 5.1.2, CORE 5.3 and 5.4), in the form of the family. */
export function launchClaims(launch: SimulatedLaunch, nonce: string, platform: PlatformState): Claims {
  const { tool, member } = launch;
  const { issuer: iss, family } = platform;
  const quirks = family.launch;
  const values = launchValues(launch, platform);
  const iat = Math.floor(platform.clock.nowMs() / 1000);
  const exp = iat + quirks.idTokenLifeSeconds;
  const legacy = launch.migratesLti11 ? lti11Claim(launch, { iss, exp, nonce }, quirks.lti11Ids) : undefined;
  return {
    nonce,
    iat,
    exp,
    iss,
    aud: quirks.audience === 'list' ? [tool.clientId] : tool.clientId,
    ...(quirks.hasAzp ? { azp: tool.clientId } : {}),
    ...(member === undefined ? {} : { sub: member.userId, ...personClaims(member) }),
    [claimNames.messageType]: launch.messageType,
    [claimNames.version]: '1.3.0',
    [claimNames.deploymentId]: launch.deploymentId,
    [claimNames.targetLinkUri]: launch.targetLinkUri,
    [claimNames.roles]: rolesOf(member, quirks),
    [claimNames.lti11]: legacy,
    ...placeClaims(launch, platform),
    ...messageClaims(launch, platform, values),
    ...serviceClaims(launch, platform),
    [claimNames.custom]: {
      ...(fillIn(quirks.custom, values) as object),
      ...named(
        substituted(
          { ...tool.launch.custom, ...linkOf(launch)?.custom },
          launch,
          platform.userOAuth.idStyle,
          quirks.historyVariables,
        ),
        quirks,
      ),
    },
    [claimNames.toolPlatform]: quirks.toolPlatform && fillIn(quirks.toolPlatform, values),
    ...(fillIn(quirks.extraClaims, values) as object),
    ...withoutNulls(launch.claims),
  };
}

/** A claim that is null is left out, as JSON does it with undefined. */
function withoutNulls(claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, value ?? undefined]));
}

/** The link of the launch, if it was made by deep linking. */
function linkOf({ course, resourceLinkId }: SimulatedLaunch) {
  return course.resourceLinks.find(({ id }) => id === resourceLinkId);
}

function named(custom: Readonly<Record<string, string>>, { customNames }: LaunchQuirks): Claims {
  if (customNames !== 'lower-cased') return custom;
  return Object.fromEntries(Object.entries(custom).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The course of the launch, and the page that shows it. */
function placeClaims(launch: SimulatedLaunch, { url, family }: PlatformState): Claims {
  const { member, course, documentTarget } = launch;
  const { returnPath, width, height } = family.launch.presentation;
  const emptySourcedId = family.memberships.emptyFields.includes('lis_person_sourcedid') ? '' : undefined;
  return {
    [claimNames.context]: {
      id: course.contextId,
      label: course.contextId,
      title: course.title,
      type: [family.launch.contextType],
    },
    [claimNames.lis]: {
      person_sourcedid: member === undefined ? undefined : (member.sourcedId ?? emptySourcedId),
      course_section_sourcedid: course.contextId,
    },
    [claimNames.launchPresentation]: {
      document_target: documentTarget,
      return_url: url + pathOf(returnPath, course.contextId),
      locale: 'en',
      width,
      height,
    },
  };
}
