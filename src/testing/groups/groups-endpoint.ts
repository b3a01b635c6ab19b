import { type GroupQuirks } from '../families/family.js';
import { type MembershipRefusalReason } from '../families/refusals.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { GradebookRefused } from '../gradebook/gradebook.errors.js';
import { pageLinks, pageOf, readAskedPage } from '../gradebook/gradebook-page.js';
import { accepts } from '../http/accept-check.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { linkHeader } from '../http/link-header.js';
import { nextUrl } from '../http/next-url.js';
import { refusalAnswer, refusedRequest } from '../http/refusal-answer.js';
import { MembershipsRefused } from '../memberships/memberships.errors.js';
import { type Endpoint } from '../platform/endpoint.js';
import { contextIn, type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { groupMediaType, groupScope, groupSetMediaType } from '../service-constants.js';
import { bearerFault } from '../tokens/bearer-check.js';

/** The groups and the sets of groups of a course (Course Groups 1.0), for the families that have them. */
export class GroupsEndpoint implements Endpoint {
  readonly faultTarget = 'groups';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return this.courseOf(path) !== undefined;
  }

  countRequest(): void {
    this.#platform.counters.counts.groupRequests += 1;
  }

  courseOf(path: string): string | undefined {
    return this.#asked(path)?.contextId;
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    try {
      return this.#page(request, faults);
    } catch (error) {
      const reason = error instanceof GradebookRefused ? 'bad_paging' : undefined;
      if (reason === undefined && !(error instanceof MembershipsRefused)) throw error;
      const refused = reason ?? (error as MembershipsRefused).reason;
      this.#platform.counters.countRejection(refused);
      return this.#refusal(refused, request);
    }
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#refusal('unknown_token', request);
  }

  #asked(path: string): { list: 'groups' | 'sets'; contextId: string; quirks: GroupQuirks } | undefined {
    const { groups: quirks } = this.#platform.family;
    if (quirks === undefined) return undefined;
    const { paths } = quirks;
    const sets = paths.groupSets === undefined ? undefined : contextIn(path, paths.groupSets);
    if (sets !== undefined) return { list: 'sets', contextId: sets, quirks };
    const groups = contextIn(path, paths.groups);
    return groups === undefined ? undefined : { list: 'groups', contextId: groups, quirks };
  }

  #page(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const { url } = request;
    const asked = this.#asked(url.pathname);
    if (asked === undefined) throw new MembershipsRefused('unknown_course');
    const { list, quirks } = asked;
    const course = this.#authorizedCourse(request, asked.contextId);
    const mediaType = list === 'sets' ? groupSetMediaType : groupMediaType;
    if (!accepts(request.headers.accept, mediaType, quirks.accept))
      throw new MembershipsRefused('not_acceptable');
    const page = readAskedPage(url.searchParams, quirks.paging);
    const entries =
      list === 'sets' ? course.groupSets : groupsJson(course, page.parameters.get('user_id') ?? undefined);
    const [next] = pageLinks(url, page, entries.length, quirks.paging, 'next');
    const target = nextUrl(next?.url, faults, url.href);
    const link = linkHeader(
      target === undefined ? [] : [{ rel: 'next', url: target }],
      faultOf(faults, 'link-style') ?? { rel: 'quoted', ampersand: 'plain' },
    );
    return {
      status: 200,
      headers: { 'content-type': mediaType, ...(link === undefined ? {} : { link }) },
      body: JSON.stringify({ id: url.href, [list]: pageOf(entries, page.window) }),
    };
  }

  #authorizedCourse(request: PlatformRequest, contextId: string): SimulatedCourse {
    if (request.method !== 'GET') throw new MembershipsRefused('wrong_method');
    const fault = bearerFault(request, [groupScope], this.#platform);
    if (fault !== undefined) throw new MembershipsRefused(fault);
    const course = this.#platform.courses.get(contextId);
    if (course === undefined) throw new MembershipsRefused('unknown_course');
    if (course.toolWithdrawn) throw new MembershipsRefused('tool_withdrawn');
    return course;
  }

  #refusal(reason: MembershipRefusalReason, request: PlatformRequest): Answer {
    const refusal = this.#platform.family.memberships.refusals[reason];
    return refusalAnswer(refusal, reason, refusedRequest(request));
  }
}

function groupsJson({ groups }: SimulatedCourse, userId: string | undefined): object[] {
  return groups
    .filter(({ userIds }) => userId === undefined || userIds.includes(userId))
    .map(({ id, name, tag, setId }) => ({ id, name, tag, set_id: setId }));
}
