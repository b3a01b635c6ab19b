import { z } from 'zod';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type PlatformRequest, type PlatformResponse } from '../../platform-http/platform-request.js';
import { warnOfHttpLinks } from '../../platform-http/platform-origin.js';
import { nextLink, PageWalk } from '../paging/page-walk.js';
import { gradesErrors } from './grades.errors.js';
import { gradesRefusal } from './grades-refusal.js';

const MAX_PAGES = 10_000;
const EMPTY_LIST = /^\s*\[\s*\]\s*$/;

/** The common parts of all calls of the grade services. */
export interface GradeCall {
  client: OAuthClient;
  /** What the call reads or writes, such as `the line items`, for errors. */
  what: string;
  signal?: AbortSignal | undefined;
}

/** An entry of a list that could not be read. */
export interface UnreadableEntry {
  /** The field at fault, such as `userId`; empty when the entry is not an object. */
  field: string;
  /** Whether the list lacks the entry. A line item without a usable maximum is listed, with a maximum of 0. */
  isSkipped: boolean;
  /** The URL of the line item or the id of the user, if it could be read: the entry exists, but nothing else is known of it. */
  id?: string;
}

/**
 * @throws GradesRefused, also `line_item_gone`; and what OAuthClient.send throws
 * @throws {Unavailable} `grades_unavailable`
 */
export async function send(call: GradeCall, request: PlatformRequest): Promise<PlatformResponse> {
  const { client, signal, what } = call;
  const response = await client.send({ ...request, service: 'grades', ...(signal && { signal }) });
  if (response.status < 200 || response.status >= 300) throw gradesRefusal(response, what);
  return response;
}

/**
 * Reads a body as JSON, whatever its content type is.
 *
 * @throws {PlatformAnswerInvalid} `grades_unreadable`
 */
export function readBody<T>(call: GradeCall, body: string, read: (json: unknown) => T): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw gradesErrors.unreadable(call.what, /^\s*</.test(body) ? 'an HTML page' : 'not JSON');
  }
  try {
    return read(json);
  } catch (error) {
    const field = fieldAtFault(error);
    throw gradesErrors.unreadable(call.what, field === '' ? 'JSON of another kind' : `wrong: ${field}`);
  }
}

/** @throws the error itself when it is not about what was read */
function fieldAtFault(error: unknown): string {
  if (!(error instanceof z.ZodError)) throw error;
  return error.issues[0]?.path.map(String).join('.') ?? '';
}

/** A list to read: its first page, and its bounds. */
export interface ListRequest {
  /** All pages have to be at this platform. */
  endpoint: string;
  start: string;
  mediaType: string;
  max: number;
  /** The id of an entry that cannot be read. */
  idOf: (json: unknown) => string | undefined;
  /** Called for each entry that is skipped. */
  onUnreadable?: ((entry: UnreadableEntry) => void) | undefined;
}

/**
 * The entries of a paged list. Entries that cannot be read are skipped. At Sakai an empty page has no body, and a single entry
 * may come without the array.
 *
 * @throws {InvalidRequest} `too_many_grades`
 * @throws {PlatformAnswerInvalid} `grades_unreadable`, `foreign_next_link`, `unreadable_next_link`, `page_loop`, `too_many_pages`
 */
export async function readList<T>(
  call: GradeCall,
  request: ListRequest,
  read: (json: unknown) => T,
): Promise<T[]> {
  const { endpoint, start, mediaType, max } = request;
  const walk = new PageWalk(call.what, endpoint, start, MAX_PAGES);
  const found: T[] = [];
  for (;;) {
    const { headers, body } = await send(call, {
      method: 'GET',
      url: walk.url,
      headers: { accept: mediaType },
    });
    const isEmpty = body.trim() === '';
    for (const entry of isEmpty ? [] : readBody(call, body, (json) => entriesOf(json, read, request))) {
      if (found.length >= max) throw gradesErrors.tooMany(call.what, max);
      found.push(entry);
    }
    const next = nextLink(headers.link, call.what, walk.page);
    if (next === undefined) return found;
    walk.follow(next, isEmpty || EMPTY_LIST.test(body) ? [] : [body]);
    if (walk.isUpgraded) warnOfHttpLinks(call.client.registration.id, walk.url);
  }
}

function entriesOf<T>(json: unknown, read: (json: unknown) => T, { idOf, onUnreadable }: ListRequest): T[] {
  // Without the array it may be another kind of answer: then the list cannot be read.
  if (!Array.isArray(json)) return [read(json)];
  return json.flatMap((entry: unknown) => {
    try {
      return [read(entry)];
    } catch (error) {
      const id = idOf(entry);
      onUnreadable?.({ field: fieldAtFault(error), isSkipped: true, ...(id !== undefined && { id }) });
      return [];
    }
  });
}
