import { type Clock } from '../common/clock.js';
import { Counters } from './counters.js';
import { type PlatformFamily } from './family.js';
import { Faults } from './faults.js';
import { type SimulatedLineItemInput } from './gradebook.js';
import { GradebookPaths } from './gradebook-paths.js';
import { IssuedTokens } from './issued-tokens.js';
import { roster } from './roster.js';
import { ScoreTraffic } from './score-traffic.js';
import { SimulatedCourse } from './simulated-course.js';
import { type SimulatedMember } from './simulated-member.schema.js';
import { type SimulatedTool, type SimulatedToolInput, simulatedToolSchema } from './simulated-tool.js';
import { DuplicateSimulatedCourse, UnknownSimulatedCourse } from './testing.errors.js';
import { ToolKeySet } from './tool-key-set.js';
import { UsedAssertions } from './used-assertions.js';

export interface SimulatedCourseInput {
  readonly contextId?: string | undefined;
  readonly title?: string | undefined;
  /** The members, or how many to make up. */
  readonly members: number | SimulatedMember[];
  /** A line item made together with the course's resource link: with a label and a maximum of its own, or with the usual ones. */
  readonly coupledLineItem?: boolean | Partial<SimulatedLineItemInput> | undefined;
  /** Whether the course is over. */
  readonly concluded?: boolean | undefined;
}

/** What the endpoints of one platform share, and what its administrator can do with it. */
export class PlatformState {
  readonly counters = new Counters();
  readonly faults = new Faults();
  readonly tools = new Map<string, SimulatedTool>();
  readonly courses = new Map<string, SimulatedCourse>();
  readonly scoreTraffic = new ScoreTraffic();
  readonly usedAssertions = new UsedAssertions();
  readonly issuedTokens: IssuedTokens;
  /** Where the platform is, without a slash at the end. */
  readonly url: string;
  readonly family: PlatformFamily;
  readonly clock: Clock;
  readonly tokenLifeSeconds: number;
  readonly #gradebookPaths: GradebookPaths;

  constructor(settings: Pick<PlatformState, 'url' | 'family' | 'clock' | 'tokenLifeSeconds'>) {
    this.url = settings.url;
    this.family = settings.family;
    this.clock = settings.clock;
    this.tokenLifeSeconds = settings.tokenLifeSeconds;
    this.#gradebookPaths = new GradebookPaths(settings.family);
    this.issuedTokens = new IssuedTokens(settings.clock);
  }

  get issuer(): string {
    return this.family.issuer ?? this.url;
  }

  get tokenUrl(): string {
    return this.url + this.family.paths.token;
  }

  /** What `aud` of a client assertion has to be. */
  get tokenAudience(): string {
    return this.url + (this.family.paths.tokenAudience ?? this.family.paths.token);
  }

  get authorizationUrl(): string {
    return this.url + this.family.paths.authorization;
  }

  get jwksUrl(): string {
    return this.url + this.family.paths.jwks;
  }

  addTool(input: SimulatedToolInput): SimulatedTool {
    const { clientId, deploymentIds, scopes, ...keySource } = simulatedToolSchema.parse(input);
    const tool = { clientId, deploymentIds, scopes, keys: new ToolKeySet(keySource, this.counters) };
    this.tools.set(clientId, tool);
    return tool;
  }

  addCourse(input: SimulatedCourseInput): SimulatedCourse {
    const number = this.courses.size + 1;
    const { contextId = `course-${number}`, title = `Course ${number} & Söhne`, members } = input;
    if (this.courses.has(contextId)) throw new DuplicateSimulatedCourse(contextId);
    const lineItemsUrl = this.#courseUrl('lineItems', contextId);
    const course = new SimulatedCourse({
      contextId,
      title,
      membershipsUrl: this.#courseUrl('memberships', contextId),
      lineItemsUrl,
      members: typeof members === 'number' ? roster(members) : [...members],
      concluded: input.concluded ?? false,
      lineItemUrl: (id) => this.#gradebookPaths.lineItemUrl(lineItemsUrl, id),
    });
    this.courses.set(contextId, course);
    couple(course, input.coupledLineItem ?? false);
    return course;
  }

  course(contextId: string): SimulatedCourse {
    const course = this.courses.get(contextId);
    if (course === undefined) throw new UnknownSimulatedCourse(contextId);
    return course;
  }

  #courseUrl(service: 'memberships' | 'lineItems', contextId: string): string {
    return this.url + this.family.paths[service].replace('{context}', encodeURIComponent(contextId));
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

/** The context id in a path made from the template, or undefined when it is another path. */
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
