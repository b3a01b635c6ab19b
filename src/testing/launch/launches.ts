import { randomUUID } from 'node:crypto';
import { launchAttacks } from './attacks/launch-attacks.js';
import { type LaunchQuirks } from '../families/launch-quirks.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import { type LaunchableTool } from '../tools/simulated-tool.js';
import { type LaunchInput, launchInputSchema, type LaunchSettings } from './launch-input.schema.js';
import { type LoginInitiation, loginParameters, loginParametersOf } from './login-initiation.js';
import { messageHint } from './message-hint.js';
import { type SimulatedLaunch } from './simulated-launch.js';
import { testingErrors } from '../testing.errors.js';

// A test that starts launches without finishing them must not fill the memory.
const mostLaunches = 20_000;

/** The launches that were started. The oldest are deleted first. */
export class Launches {
  readonly #byMessageHint = new Map<string, SimulatedLaunch>();
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  /**
   * Starts a launch.
   * @throws {ZodError} when the input is wrong.
   * @throws {NotFound} `unknown_simulated_tool`, `unknown_simulated_course`, `unknown_simulated_member`,
   * `unknown_simulated_resource_link`, `unknown_simulated_placement`.
   * @throws {Conflict} `simulated_tool_cannot_launch`.
   */
  start(input: LaunchInput): LoginInitiation {
    const settings = launchInputSchema.parse(input);
    const { family, issuer, authorizationUrl } = this.#platform;
    const tool = this.#platform.launchableTool(settings.clientId);
    const launch = this.#launch(settings, tool, this.#courseOf(settings));
    this.#remember(launch);
    this.#platform.counters.counts.launchesStarted += 1;
    const optional = loginParametersOf(settings.loginParameters, family.launch);
    return {
      url: tool.launch.loginUrl,
      method: family.launch.loginMethod,
      parameters: loginParameters(launch, issuer, optional),
      authorizationUrl,
    };
  }

  find(hint: string): SimulatedLaunch | undefined {
    return this.#byMessageHint.get(hint);
  }

  /** The deep linking request with this id that was sent to the tool. */
  findDeepLinking(id: string): SimulatedLaunch | undefined {
    const launches = [...this.#byMessageHint.values()];
    return launches.find(
      (launch) => launch.id === id && launch.messageType === 'LtiDeepLinkingRequest' && launch.isUsed,
    );
  }

  #courseOf({ contextId, resourceLinkId }: LaunchSettings): SimulatedCourse {
    if (contextId !== undefined || resourceLinkId === undefined) return this.#platform.course(contextId);
    const courses = [...this.#platform.courses.values()];
    return (
      courses.find(({ resourceLinkIds }) => resourceLinkIds.includes(resourceLinkId)) ??
      this.#platform.course()
    );
  }

  #launch(settings: LaunchSettings, tool: LaunchableTool, course: SimulatedCourse): SimulatedLaunch {
    const { messageType, documentTarget, migratesLti11, attack, userId, deepLinkingSettings } = settings;
    const quirks = this.#platform.family.launch;
    const id = randomUUID();
    const isDeepLinking = messageType === 'LtiDeepLinkingRequest';
    const isReview = messageType === 'LtiSubmissionReviewRequest';
    const resourceLinkId = isDeepLinking ? undefined : linkOf(course, settings.resourceLinkId);
    const picked = course.resourceLinks.find((link) => link.id === resourceLinkId);
    return {
      id,
      tool,
      course,
      member: userId === undefined ? undefined : memberOf(course, userId),
      resourceLinkId,
      messageType,
      deploymentId: settings.deploymentId ?? tool.deploymentIds[0] ?? '1',
      targetLinkUri: settings.targetLinkUri ?? picked?.url ?? tool.launch.targetLinkUri,
      documentTarget,
      storageTarget: settings.platformStorage ? quirks.storageTarget : undefined,
      forMember: isReview ? reviewedMember(course, settings.forUserId) : undefined,
      migratesLti11,
      placement: isDeepLinking ? placementOf(quirks, settings.placement) : undefined,
      deepLinkingSettings,
      claims: settings.claims,
      attack: attack === undefined ? undefined : launchAttacks[attack],
      // An anonymous user also has a session at the platform, which the hint identifies.
      loginHint: userId ?? `anonymous-${id}`,
      messageHint: messageHint(quirks.messageHint, id, resourceLinkId ?? course.contextId),
      isUsed: false,
    };
  }

  #remember(launch: SimulatedLaunch): void {
    this.#byMessageHint.set(launch.messageHint, launch);
    if (this.#byMessageHint.size <= mostLaunches) return;
    for (const oldest of this.#byMessageHint.keys()) {
      this.#byMessageHint.delete(oldest);
      return;
    }
  }
}

/** @throws {NotFound} `unknown_simulated_member` */
export function memberOf(course: SimulatedCourse, userId: string): SimulatedMember {
  const member = course.member(userId);
  if (member === undefined) throw testingErrors.memberNotFound(userId, course.contextId);
  return member;
}

/** @throws {NotFound} `unknown_simulated_placement` */
function placementOf(
  { deepLinking: { placements } }: LaunchQuirks,
  asked: string | undefined,
): string | undefined {
  const name = asked ?? placements?.default;
  if (name === undefined || Object.hasOwn(placements?.settings ?? {}, name)) return name;
  throw testingErrors.placementNotFound(name);
}

/** The resource link with this id; the course's first one without an id. @throws {NotFound} `unknown_simulated_resource_link` */
export function linkOf(course: SimulatedCourse, resourceLinkId: string | undefined): string {
  const found = course.resourceLinkIds.find((id) => resourceLinkId === undefined || id === resourceLinkId);
  if (found === undefined) throw testingErrors.resourceLinkNotFound(resourceLinkId ?? '', course.contextId);
  return found;
}

function reviewedMember(course: SimulatedCourse, userId: string | undefined): SimulatedMember {
  if (userId !== undefined) return memberOf(course, userId);
  return course.learner;
}
