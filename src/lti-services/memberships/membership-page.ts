import { findLink } from '../../common/link-header.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { type Member, type MembershipContext, contextOf, memberOf, mergedMember } from './member.js';
import { membershipContainerSchema } from './membership.schema.js';
import { nextLink } from '../paging/page-walk.js';
import { membershipErrors } from './memberships.errors.js';

const NO_MEMBERS = { context: undefined, members: [] };

/** A page, with each member once, and where its links lead, as the platform wrote them: not checked, perhaps relative. */
export interface PageContent {
  context?: MembershipContext;
  members: Member[];
  next?: string;
  differences?: string;
}

/**
 * Reads a successful answer, whatever its content type says (Sakai: application/json).
 *
 * @throws {PlatformAnswerInvalid} `unreadable_next_link`
 * @throws {PlatformAnswerInvalid} `memberships_unreadable` when it is not a membership container, or a member has no usable
 *   user_id: a part of a page would look like members who left
 */
export function readMembershipPage(
  { headers, body }: PlatformResponse,
  number: number,
  family: PlatformFamily = 'generic',
): PageContent {
  // An empty page of Sakai has no body.
  const { context, members } = body.trim() === '' ? NO_MEMBERS : readContainer(body, number);
  const next = nextLink(headers.link, 'members', number);
  const differences = findLink(headers.link, 'differences');
  return {
    ...(context && { context: contextOf(context, family) }),
    members: eachOnce(members.map((member) => memberOf(member, family))),
    ...(next !== undefined && { next }),
    ...(differences !== undefined && { differences }),
  };
}

function eachOnce(members: readonly Member[]): Member[] {
  const byId = new Map<string, Member>();
  for (const member of members) {
    const earlier = byId.get(member.userId);
    byId.set(member.userId, earlier === undefined ? member : mergedMember(earlier, member));
  }
  return [...byId.values()];
}

function readContainer(body: string, number: number) {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw membershipErrors.unreadable(number, kindOf(body));
  }
  const result = membershipContainerSchema.safeParse(json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  const found = path.length > 1 ? 'JSON with an unusable member' : 'JSON that is no membership container';
  throw membershipErrors.unreadable(number, found, path.map(String).join('.') || 'body');
}

function kindOf(body: string): string {
  if (/^\s*</.test(body)) return 'an HTML page';
  return /^\s*[{[]/.test(body) ? 'broken JSON' : 'text that is not JSON';
}
