import { Injectable } from '@nestjs/common';
import { type z } from 'zod';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { harmless, readable } from '../../common/platform-words.js';
import { withQuery } from '../../common/query.js';
import { Scope } from '../../common/scopes.js';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { warnOfHttpLinks } from '../../platform-http/platform-origin.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { isId, textOf } from '../memberships/membership.schema.js';
import { nextLink, PageWalk } from '../paging/page-walk.js';
import { explanationOf } from '../platform-explanation.js';
import {
  groupContainerSchema,
  groupSetContainerSchema,
  wireGroupSchema,
  wireGroupSetSchema,
} from './group.schema.js';
import { groupErrors } from './groups.errors.js';

const GROUPS = 'application/vnd.ims.lti-gs.v1.contextgroupcontainer+json';
const GROUP_SETS = 'application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json';
const MAX_PAGES = 1000;
const MAX_GROUPS = 10_000;
const MAX_TEXT = 1024;
const DEFAULT_RETRY_MS = 60_000;

/** A group of a course (Course Groups 1.0). Its members are in the roster: `Member.groupIds`. */
export interface Group {
  /** The platform's id. */
  id: string;
  /** Absent if the platform sent none. */
  name?: string;
  /** The platform's or the tool's own mark. */
  tag?: string;
  /** The id of the set that the group is in. */
  setId?: string;
}

/** A set of groups: a member is in at most one group of a set. */
export interface GroupSet {
  /** The platform's id. */
  id: string;
  /** Absent if the platform sent none. */
  name?: string;
}

/** Which groups `GroupService.groups` reads. All may be left out. */
export interface GroupQuery {
  /** Only the groups of this user. */
  userId?: string | undefined;
  /** Groups per page: a hint to the platform. All pages are read. */
  limit?: number;
  /** The most groups to read; more are an error. Default: 10,000. */
  max?: number;
  /** Ends the reading; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for each entry without a usable id, which is skipped. */
  onUnreadable?: () => void;
}

/**
 * The groups of a course: Course Groups Service 1.0. The scope is not among the default ones of a registration: add
 * `https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly` to its scopes.
 *
 * @example
 * const { groupsUrl, registration } = course; // null if the platform has no such service
 * if (groupsUrl === null) return [];
 * const client = await oauth.authenticate(registration, { groups: groupsUrl });
 * return groupService.groups(client);
 */
@Injectable()
export class GroupService {
  /**
   * All groups of the client's course.
   *
   * @throws ScopeMismatch, and what OAuthClient.send throws
   * @throws {InvalidRequest} `no_groups_endpoint`, `too_many_groups`
   * @throws {PlatformRefused} `groups_refused`; {Unavailable} `groups_unavailable`
   * @throws {PlatformAnswerInvalid} `groups_unreadable`, `foreign_next_link`, `unreadable_next_link`, `page_loop`, `too_many_pages`
   */
  groups(client: OAuthClient, { userId, ...query }: GroupQuery = {}): Promise<Group[]> {
    return readAll(client, query, {
      what: 'groups',
      url: client.endpoints.groups,
      filter: { user_id: userId },
      mediaType: GROUPS,
      container: groupContainerSchema.transform(({ groups }) => groups),
      read: (entry) => {
        const { data } = wireGroupSchema.safeParse(entry);
        return (
          data && {
            id: String(data.id),
            ...optional('name', textOf(data.name, MAX_TEXT)),
            ...optional('tag', textOf(data.tag, MAX_TEXT)),
            ...optional('setId', isId(data.set_id) ? String(data.set_id) : undefined),
          }
        );
      },
    });
  }

  /**
   * All sets of groups of the client's course.
   *
   * @throws as `groups`
   */
  groupSets(client: OAuthClient, query: Omit<GroupQuery, 'userId'> = {}): Promise<GroupSet[]> {
    return readAll(client, query, {
      what: 'group sets',
      url: client.endpoints.groupSets,
      filter: {},
      mediaType: GROUP_SETS,
      container: groupSetContainerSchema.transform(({ sets }) => sets),
      read: (entry) => {
        const { data } = wireGroupSetSchema.safeParse(entry);
        return data && { id: String(data.id), ...optional('name', textOf(data.name, MAX_TEXT)) };
      },
    });
  }
}

/** One of the two lists of the service. */
interface GroupList<T> {
  what: string;
  url: string | undefined;
  filter: Readonly<Record<string, string | undefined>>;
  mediaType: string;
  container: z.ZodType<unknown[]>;
  /** Undefined for an entry that cannot be read. */
  read: (entry: unknown) => T | undefined;
}

/** Each entry once: a list may change while its pages are read. */
async function readAll<T extends { id: string }>(
  client: OAuthClient,
  { limit, max = MAX_GROUPS, signal, onUnreadable }: Omit<GroupQuery, 'userId'>,
  { what, url, filter, mediaType, container, read }: GroupList<T>,
): Promise<T[]> {
  if (url === undefined) throw groupErrors.noEndpoint(what);
  client.requireScope(Scope.contextGroupReadonly);
  if (!URL.canParse(url)) throw UnsafeUrl.malformed();
  const walk = new PageWalk(what, url, withQuery(url, { ...filter, limit }), MAX_PAGES);
  const found = new Map<string, T>();
  for (;;) {
    const response = await client.send({
      service: 'groups',
      method: 'GET',
      url: walk.url,
      headers: { accept: mediaType },
      ...(signal !== undefined && { signal }),
    });
    if (response.status < 200 || response.status > 299) throw refusalOf(response, what);
    const entries = entriesOf(response.body, container, { what, page: walk.page });
    const readEntries = entries.map((entry) => read(entry));
    for (const entry of readEntries) {
      if (entry === undefined) onUnreadable?.();
      else found.set(entry.id, entry);
    }
    if (found.size > max) throw groupErrors.tooMany(what, max);
    const next = nextLink(response.headers.link, what, walk.page);
    if (next === undefined) return [...found.values()];
    walk.follow(
      next,
      readEntries.map((entry) => entry?.id ?? ''),
    );
    if (walk.isUpgraded) warnOfHttpLinks(client.registration.id, walk.url);
  }
}

/** A page without entries may have no body, as the other lists of Sakai. */
function entriesOf(
  body: string,
  container: z.ZodType<unknown[]>,
  { what, page }: { what: string; page: number },
): unknown[] {
  if (body.trim() === '') return [];
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw groupErrors.unreadable(what, page, /^\s*</.test(body) ? 'an HTML page' : 'not JSON');
  }
  const parsed = container.safeParse(json);
  if (!parsed.success) throw groupErrors.unreadable(what, page, 'JSON of another kind');
  return parsed.data;
}

function refusalOf({ status, body, headers, receivedAt }: PlatformResponse, what: string) {
  const words = harmless(explanationOf(body)?.words ?? readable(body));
  if (status < 500) return groupErrors.refused(what, status, words);
  const retryAt = parseRetryAfter(headers, receivedAt) ?? new Date(receivedAt.getTime() + DEFAULT_RETRY_MS);
  return groupErrors.unavailable(what, status, words, retryAt);
}

function optional<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, string>>);
}
