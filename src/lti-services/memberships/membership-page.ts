import { findLink } from '../../common/link-header.js';
import { type PlatformResponse } from '../../platform-http/platform-http.service.js';
import { type Member, type MembershipContext, contextOf, memberOf } from './member.js';
import { membershipContainerSchema } from './membership.schema.js';
import { MembershipsUnreadable } from './memberships.errors.js';

/** A page and where its links lead, as the platform wrote them: not checked, perhaps relative. */
export interface PageContent {
  context?: MembershipContext;
  members: Member[];
  next?: string;
  differences?: string;
}

/**
 * Reads a successful answer, whatever its content type says (Sakai: application/json).
 *
 * @throws MembershipsUnreadable when it is no membership container, or a member has no usable user_id: half a page would
 *   look like people who left.
 */
export function readMembershipPage({ headers, body }: PlatformResponse, number: number): PageContent {
  // An empty page of Sakai has no body. What it would link to is nothing to follow.
  if (body.trim() === '') return { members: [] };
  const { context, members } = readContainer(body, number);
  const next = findLink(headers.link, 'next');
  const differences = findLink(headers.link, 'differences');
  return {
    ...(context && { context: contextOf(context) }),
    members: members.map(memberOf),
    ...(next !== undefined && { next }),
    ...(differences !== undefined && { differences }),
  };
}

function readContainer(body: string, number: number) {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new MembershipsUnreadable(number, kindOf(body));
  }
  const result = membershipContainerSchema.safeParse(json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  const found = path.length > 1 ? 'JSON with an unusable member' : 'JSON that is no membership container';
  throw new MembershipsUnreadable(number, found, path.map(String).join('.') || 'body');
}

function kindOf(body: string): string {
  if (/^\s*</.test(body)) return 'an HTML page';
  return /^\s*[{[]/.test(body) ? 'broken JSON' : 'text that is no JSON';
}
