import { type Tamper } from '../launch/attacks/tamper.js';
import { type Clock } from '../../common/clock.js';
import { Counters } from './counters.js';
import { type PlatformFamily } from '../families/family.js';
import { Faults } from '../faults/faults.js';
import { type SimulatedLineItemInput } from '../gradebook/gradebook.js';
import { GradebookPaths } from '../gradebook/gradebook-paths.js';
import { IssuedTokens } from '../tokens/issued-tokens.js';
import { Launches } from '../launch/launches.js';
import { Notices } from '../notices/notices.js';
import { PlatformKeys } from '../keys/platform-keys.js';
import { memberFrom, roster } from '../memberships/roster.js';
import { ScoreTraffic } from '../gradebook/score-traffic.js';
import { type SigningAlgorithm } from '../keys/signing-key-pair.js';
import { SimulatedCourse } from './simulated-course.js';
import {
  type SimulatedGroupInput,
  type SimulatedGroupSet,
  simulatedGroupSchema,
  simulatedGroupSetSchema,
} from '../groups/simulated-group.schema.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import {
  completed,
  type LaunchableTool,
  type SimulatedTool,
  type SimulatedToolInput,
  simulatedToolSchema,
} from '../tools/simulated-tool.js';
import { RequestThrottle } from '../throttling/request-throttle.js';
import { ToolKeySet } from '../keys/tool-key-set.js';
import { UsedAssertions } from '../tokens/used-assertions.js';
import { UserOAuthState } from '../user-oauth/user-oauth-state.js';
import { testingErrors } from '../testing.errors.js';

/** A course for `lms.addCourse`. All may be left out. */
export interface SimulatedCourseInput {
  /** `course-1` and so on by default. */
  readonly contextId?: string | undefined;
  /** The deployment of the tool in this course. A token of another deployment is refused. Default: any. */
  readonly deploymentId?: string | undefined;
  /** Has a letter outside ASCII and an `&` by default. */
  readonly title?: string | undefined;
  /**
   * The number of members to generate: one instructor, then learners. Or the members themselves: a missing id is generated,
   * `Learner` and `Instructor` are short for the URIs of the roles, and a member without roles is a learner. None by default.
   */
  readonly members?: number | readonly Partial<SimulatedMember>[] | undefined;
  /** The groups of the course. Only some families have a service that shows them. */
  readonly groups?: readonly SimulatedGroupInput[] | undefined;
  /** The sets that its groups are in. */
  readonly groupSets?: readonly SimulatedGroupSet[] | undefined;
  /** Whether the course's resource link has a line item. An object sets its label and maximum. */
  readonly coupledLineItem?: boolean | Partial<SimulatedLineItemInput> | undefined;
  /** Whether the course is over. */
  readonly concluded?: boolean | undefined;
}

/** A course that is copied from another one. */
export interface SimulatedCopyInput extends Omit<SimulatedCourseInput, 'coupledLineItem'> {
  /** The context id of the course that is copied; the first course by default. */
  readonly from?: string | undefined;
}

interface PlatformSettings extends Pick<PlatformState, 'url' | 'family' | 'clock' | 'tokenLifeSeconds'> {
  readonly throttles?: boolean | undefined;
  readonly authorizationQuery?: string | undefined;
  readonly keyAlgorithm?: SigningAlgorithm | undefined;
}

/** The data of one platform, which its end points share, and the actions of its administrator. */
export class PlatformState {
  readonly counters = new Counters();
  readonly faults = new Faults();
  readonly tools = new Map<string, SimulatedTool>();
  readonly courses = new Map<string, SimulatedCourse>();
  readonly scoreTraffic = new ScoreTraffic();
  /** The new address after a move: every request is redirected there. */
  movedTo: string | undefined;
  /** The clients that are switched off for the account, of LTI and of the users' API. */
  readonly keysOff = new Set<string>();
  readonly usedAssertions = new UsedAssertions();
  /** The nonces of deep linking responses. */
  readonly usedNonces = new UsedAssertions();
  readonly issuedTokens: IssuedTokens;
  /** Undefined if the family does not throttle. */
  readonly throttle: RequestThrottle | undefined;
  readonly userOAuth: UserOAuthState;
  readonly launches = new Launches(this);
  readonly notices = new Notices(this);
  readonly keys: PlatformKeys;
  /** The addresses on which tools under test listen, by the origin of their public URL. */
  readonly reachableAt = new Map<string, string>();
  /** The tokens of dynamic registrations. One with the client id of a tool updates that. */
  readonly registrationTokens = new Map<
    string,
    { isUsed: boolean; readonly existingClientId: string | undefined }
  >();
  /** `Cache-Control` of the key set; undefined for no header. */
  keySetCacheControl: string | undefined;
  /** The address of the platform, without a slash at the end. */
  readonly url: string;
  readonly family: PlatformFamily;
  readonly clock: Clock;
  readonly tokenLifeSeconds: number;
  #nextTamper: Tamper | undefined;
  readonly #authorizationQuery: string;
  readonly #gradebookPaths: GradebookPaths;

  constructor(settings: PlatformSettings) {
    this.url = settings.url;
    this.family = settings.family;
    this.clock = settings.clock;
    this.tokenLifeSeconds = settings.tokenLifeSeconds;
    this.#gradebookPaths = new GradebookPaths(settings.family);
    this.#authorizationQuery = settings.authorizationQuery ?? '';
    this.keys = new PlatformKeys(settings.keyAlgorithm ?? 'RS256');
    this.issuedTokens = new IssuedTokens(settings.clock);
    const { throttling } = settings.family;
    this.throttle =
      throttling === undefined || settings.throttles === false
        ? undefined
        : new RequestThrottle(settings.clock, throttling, this.issuedTokens);
    this.userOAuth = new UserOAuthState(this);
  }

  get issuer(): string {
    return this.family.issuer ?? this.url;
  }

  get tokenUrl(): string {
    return this.url + this.family.paths.token;
  }

  /** The required `aud` of a client assertion. */
  get tokenAudience(): string {
    return this.url + (this.family.paths.tokenAudience ?? this.family.paths.token);
  }

  get authorizationUrl(): string {
    const query = this.#authorizationQuery;
    return this.url + this.family.paths.authorization + (query === '' ? '' : `?${query}`);
  }

  get jwksUrl(): string {
    return this.url + this.family.paths.jwks;
  }

  /** Expires an access token of a tool or of a user. */
  expireAccessToken(accessToken: string): void {
    this.issuedTokens.expire(accessToken);
    this.userOAuth.tokens.expire((_, each) => each === accessToken);
  }

  addTool(input: SimulatedToolInput): SimulatedTool {
    const { jwksUrl, jwks, jwksCacheSeconds, launch, ...settings } = simulatedToolSchema.parse(input);
    const keys = new ToolKeySet({ jwksUrl, jwks, jwksCacheSeconds }, this.counters, this.clock);
    const tool = { ...settings, keys, launch: completed(launch) };
    this.tools.set(tool.clientId, tool);
    return tool;
  }

  /** The tool with this client id; the first tool without one. @throws {NotFound} `unknown_simulated_tool` */
  tool(clientId?: string): SimulatedTool {
    const [first] = this.tools.values();
    const tool = clientId === undefined ? first : this.tools.get(clientId);
    if (tool === undefined) throw testingErrors.toolNotFound(clientId);
    return tool;
  }

  /**
   * @throws {NotFound} `unknown_simulated_tool`.
   * @throws {Conflict} `simulated_tool_cannot_launch` when the tool was added without launch settings.
   */
  launchableTool(clientId?: string): LaunchableTool {
    const tool = this.tool(clientId);
    const { launch } = tool;
    if (launch === undefined) throw testingErrors.toolCannotLaunch(tool.clientId, 'launch');
    return { ...tool, launch };
  }

  /** Sets the changes to the next launch. */
  tamperNextLaunch(tamper: Tamper): void {
    this.#nextTamper = tamper;
  }

  /** Returns the changes to the current launch and removes them. */
  takeTamper(): Tamper | undefined {
    const tamper = this.#nextTamper;
    this.#nextTamper = undefined;
    return tamper;
  }

  switchKey(clientId: string, to: 'off' | 'on'): void {
    if (to === 'off') this.keysOff.add(clientId);
    else this.keysOff.delete(clientId);
  }

  /** The copy has the resource links of the other course, and neither its members nor its grades. */
  copyCourse({ from, ...input }: SimulatedCopyInput): SimulatedCourse {
    const source = this.course(from);
    const copy = this.addCourse({ title: source.title, ...input }, [
      source.contextId,
      ...source.originContextIds,
    ]);
    copy.copyLinks(source);
    return copy;
  }

  addCourse(input: SimulatedCourseInput, originContextIds: readonly string[] = []): SimulatedCourse {
    const number = this.courses.size + 1;
    const { contextId = `course-${number}`, title = `Course ${number} & Söhne`, members = 0 } = input;
    if (this.courses.has(contextId)) throw testingErrors.courseExists(contextId);
    const lineItemsUrl = this.#courseUrl('lineItems', contextId);
    const { userIds = 'named' } = this.family;
    const course = new SimulatedCourse({
      contextId,
      deploymentId: input.deploymentId,
      title,
      membershipsUrl: this.#courseUrl('memberships', contextId),
      lineItemsUrl,
      groupsUrl: this.#urlOf(this.family.groups?.paths.groups, contextId),
      groupSetsUrl: this.#urlOf(this.family.groups?.paths.groupSets, contextId),
      groups: (input.groups ?? []).map((group) => simulatedGroupSchema.parse(group)),
      groupSets: (input.groupSets ?? []).map((set) => simulatedGroupSetSchema.parse(set)),
      originContextIds,
      members:
        typeof members === 'number'
          ? roster(members, userIds)
          : members.map((member, index) => memberFrom(member, index, userIds)),
      userIds,
      concluded: input.concluded ?? false,
      lineItemUrl: (id) => this.#gradebookPaths.lineItemUrl(lineItemsUrl, id),
    });
    this.courses.set(contextId, course);
    couple(course, input.coupledLineItem ?? false);
    return course;
  }

  /** The course with this context id; the first course without one. @throws {NotFound} `unknown_simulated_course` */
  course(contextId?: string): SimulatedCourse {
    const [first] = this.courses.values();
    const course = contextId === undefined ? first : this.courses.get(contextId);
    if (course === undefined) throw testingErrors.courseNotFound(contextId);
    return course;
  }

  #courseUrl(service: 'memberships' | 'lineItems', contextId: string): string {
    return this.#urlOf(this.family.paths[service], contextId);
  }

  #urlOf(template: string, contextId: string): string;
  #urlOf(template: string | undefined, contextId: string): string | undefined;
  #urlOf(template: string | undefined, contextId: string): string | undefined {
    if (template === undefined) return undefined;
    return this.url + template.replace('{context}', encodeURIComponent(contextId));
  }
}

function couple(
  { title, gradebook, resourceLinkIds }: SimulatedCourse,
  input: boolean | Partial<SimulatedLineItemInput>,
): void {
  if (input === false) return;
  const given = input === true ? {} : input;
  const [resourceLinkId] = resourceLinkIds;
  gradebook.addLineItem({ label: title, scoreMaximum: 100, resourceLinkId, ...given, coupled: true });
}

/** The context id in a path made from the template; undefined for another path. */
export function contextIn(path: string, template: string): string | undefined {
  const [before = '', after = ''] = template.split('{context}');
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const encoded = path.slice(before.length, path.length - after.length);
  if (encoded === '' || encoded.includes('/')) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
