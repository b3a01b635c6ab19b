import { type MembershipQuirks } from '../families/family.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { hasRole, isListed } from './member-json.js';
import { type PageLink } from '../http/link-header.js';
import { differencesUrl, nextPageUrl } from './membership-links.js';
import { type MembershipQuery } from './membership-query.js';
import { nextUrl } from '../http/next-url.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedMember } from './simulated-member.schema.js';
import { MembershipsRefused } from './memberships.errors.js';

export interface MembershipPage {
  readonly members: readonly SimulatedMember[];
  readonly links: readonly PageLink[];
}

/**
 * The requested page of a course's roster, with its links.
 * @param pageUrl the URL of this page, for the fault that makes the next link point to the page itself
 * @throws {MembershipsRefused} `roster_too_large`, `unknown_resource_link`, `bad_paging`.
 */
export function membershipPage(
  course: SimulatedCourse,
  asked: MembershipQuery,
  quirks: MembershipQuirks,
  faults: readonly Fault[],
  pageUrl: string,
): MembershipPage {
  if (asked.rlid !== undefined && !course.resourceLinkIds.includes(asked.rlid)) {
    throw new MembershipsRefused('unknown_resource_link');
  }
  const query = withMark(asked, course, quirks);
  const roster = rosterOf(course, query, quirks, faults);
  if (roster.length > (quirks.largestRoster ?? Infinity)) throw new MembershipsRefused('roster_too_large');
  const wraps = faultOf(faults, 'endless') !== undefined && roster.length > 0;
  const start = wraps ? query.offset % roster.length : query.offset;
  const members = roster.slice(start, start + (query.limit ?? Infinity));
  const nextOffset = query.offset + members.length;
  const isLast = !wraps && nextOffset >= roster.length;
  const next = nextUrl(
    isLast && !(quirks.paging.isEndless === true && members.length === query.limit)
      ? staleLink(quirks, query, pageUrl)
      : nextPageUrl(course.membershipsUrl, query, nextOffset, quirks.paging),
    faults,
    pageUrl,
  );
  const page = {
    members,
    links: [
      ...(next === undefined ? [] : [{ rel: 'next' as const, url: next }]),
      ...(isLast && query.mark !== undefined
        ? [{ rel: 'differences' as const, url: differencesUrl(course.membershipsUrl, query) }]
        : []),
    ],
  };
  shift(course, faults);
  return page;
}

/** The next link of the last page of several, if the paging of the family does not end. */
function staleLink(
  { paging }: MembershipQuirks,
  { offset }: MembershipQuery,
  pageUrl: string,
): string | undefined {
  return paging.isEndless === true && offset > 0 ? pageUrl : undefined;
}

// The differences link has the time of the first page, so the next differences include changes between two pages.
function withMark(
  query: MembershipQuery,
  course: SimulatedCourse,
  quirks: MembershipQuirks,
): MembershipQuery {
  if (!quirks.offersDifferences || query.mark !== undefined) return query;
  const mark = course.history.look(course.members);
  if (query.since !== undefined && query.since >= mark) throw new MembershipsRefused('bad_paging');
  return { ...query, mark, limit: query.limit ?? quirks.paging.defaultLimit };
}

function rosterOf(
  course: SimulatedCourse,
  query: MembershipQuery,
  quirks: MembershipQuirks,
  faults: readonly Fault[],
): readonly SimulatedMember[] {
  if (faultOf(faults, 'empty-roster') !== undefined) return [];
  const source = query.since === undefined ? course.members : course.history.since(query.since);
  const { role } = query;
  const listed = source.filter(
    (member) => isListed(member, quirks) && (role === undefined || hasRole(member, role)),
  );
  const partial = faultOf(faults, 'partial-roster');
  if (partial === undefined) return listed;
  return listed.filter(
    (_, index) => Math.floor((index + 1) * partial.missing) === Math.floor(index * partial.missing),
  );
}

function shift(course: SimulatedCourse, faults: readonly Fault[]): void {
  const fault = faultOf(faults, 'shift');
  if (fault?.change === 'insert') course.addMember({}, 0);
  if (fault?.change === 'remove') course.members.shift();
}
