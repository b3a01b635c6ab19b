import { bearerFault, isWithdrawn } from '../tokens/bearer-check.js';
import { type Endpoint } from '../platform/endpoint.js';
import { type MembershipQuirks } from '../families/family.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { accepts } from '../http/accept-check.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { linkHeader } from '../http/link-header.js';
import { memberJson } from './member-json.js';
import { type MembershipPage, membershipPage } from './membership-page.js';
import { type MembershipQuery, readMembershipQuery } from './membership-query.js';
import { phpEscapes } from '../http/php-json.js';
import { contextIn, type PlatformState } from '../platform/platform-state.js';
import { refusalAnswer, refusedRequest } from '../http/refusal-answer.js';
import { type MembershipRefusalReason } from '../families/refusals.js';
import { membershipMediaType, nrpsScope } from '../service-constants.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { MembershipsRefused } from './memberships.errors.js';

/** The names and roles service (NRPS 2.0). */
export class MembershipsEndpoint implements Endpoint {
  readonly faultTarget = 'memberships';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return this.courseOf(path) !== undefined;
  }

  countRequest(): void {
    this.#platform.counters.counts.membershipRequests += 1;
  }

  courseOf(path: string): string | undefined {
    return contextIn(path, this.#platform.family.paths.memberships);
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    try {
      return this.#page(request, faults);
    } catch (error) {
      if (!(error instanceof MembershipsRefused)) throw error;
      this.#platform.counters.countRejection(error.reason);
      return this.#refusal(error.reason, request);
    }
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#refusal('unknown_token', request);
  }

  #page(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const quirks = this.#platform.family.memberships;
    const course = this.#authorizedCourse(request);
    if (!accepts(request.headers.accept, membershipMediaType, quirks.accept))
      throw new MembershipsRefused('not_acceptable');
    const query = readMembershipQuery(request.url.searchParams, quirks);
    const page = membershipPage(course, query, quirks, faults, request.url.href);
    const link = linkHeader(page.links, faultOf(faults, 'link-style') ?? quirks.linkStyle);
    return {
      status: 200,
      headers: { 'content-type': quirks.contentType, ...(link === undefined ? {} : { link }) },
      body: pageBody(course, page, query, quirks),
    };
  }

  #authorizedCourse(request: PlatformRequest): SimulatedCourse {
    if (request.method !== 'GET') throw new MembershipsRefused('wrong_method');
    const fault = bearerFault(request, [nrpsScope], this.#platform);
    if (fault !== undefined) throw new MembershipsRefused(fault);
    const course = this.#platform.courses.get(this.courseOf(request.url.pathname) ?? '');
    if (course === undefined) throw new MembershipsRefused('unknown_course');
    if (isWithdrawn(request, course, this.#platform)) throw new MembershipsRefused('tool_withdrawn');
    return course;
  }

  #refusal(reason: MembershipRefusalReason, request: PlatformRequest): Answer {
    const refusal = this.#platform.family.memberships.refusals[reason];
    return refusalAnswer(refusal, reason, refusedRequest(request));
  }
}

function pageBody(
  course: SimulatedCourse,
  { members }: MembershipPage,
  { rlid, groups }: MembershipQuery,
  quirks: MembershipQuirks,
): string {
  if (members.length === 0 && quirks.emptyPage === 'empty-body') return '';
  const hasGroups = groups === true && course.groupsUrl !== undefined;
  const json = JSON.stringify({
    id: course.membershipsUrl,
    context: { id: course.contextId, label: course.contextId, title: course.title },
    members: members.map((member) => {
      const json = memberJson(member, quirks, rlid);
      return hasGroups ? { ...json, group_enrollments: enrollmentsOf(course, member.userId) } : json;
    }),
  });
  return quirks.jsonEscapes === 'php' ? phpEscapes(json) : json;
}

/** Course Groups 1.0 */
function enrollmentsOf({ groups }: SimulatedCourse, userId: string): object[] {
  return groups.filter(({ userIds }) => userIds.includes(userId)).map(({ id }) => ({ group_id: id }));
}
