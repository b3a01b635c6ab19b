import { z } from 'zod';
import { findLink } from '../../common/link-header.js';
import { type OAuthClient } from '../../oauth/oauth-client.js';
import { type PlatformRequest, type PlatformResponse } from '../../platform-http/platform-http.service.js';
import { PageWalk } from '../paging/page-walk.js';
import { GradesUnreadable, TooManyGrades } from './grades.errors.js';
import { gradesRefusal } from './grades-refusal.js';

const MAX_PAGES = 10_000;

/** What all calls of the grade services have in common. */
export interface GradeCall {
  client: OAuthClient;
  /** What is asked, for errors: such as `the line items`. */
  what: string;
  signal?: AbortSignal | undefined;
}

/** @throws GradesRefused, LineItemGone, GradesUnavailable, and what OAuthClient.send throws */
export async function send(call: GradeCall, request: PlatformRequest): Promise<PlatformResponse> {
  const response = await sendRaw(call, request);
  if (!isSuccess(response)) throw gradesRefusal(response, call.what);
  return response;
}

/** The answer, whatever it is. */
export function sendRaw({ client, signal }: GradeCall, request: PlatformRequest): Promise<PlatformResponse> {
  return client.send(signal === undefined ? request : { ...request, signal });
}

export function isSuccess({ status }: PlatformResponse): boolean {
  return status >= 200 && status < 300;
}

/**
 * Reads a body, whatever its content type says.
 *
 * @throws GradesUnreadable
 */
export function readBody<T>(call: GradeCall, body: string, read: (json: unknown) => T): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new GradesUnreadable(call.what, /^\s*</.test(body) ? 'an HTML page' : 'no JSON');
  }
  try {
    return read(json);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const path = error.issues[0]?.path.map(String).join('.') ?? '';
    throw new GradesUnreadable(call.what, path === '' ? 'JSON of another kind' : `wrong: ${path}`);
  }
}

/** A list to read: where it begins, and what must not be passed. */
export interface ListRequest {
  /** No page may be elsewhere. */
  endpoint: string;
  start: string;
  mediaType: string;
  max: number;
}

/**
 * All entries of a paged list. An empty page of Sakai has no body, and one entry may come by itself.
 *
 * @throws TooManyGrades, GradesUnreadable, ForeignNextLink, UnreadableNextLink, PageLoop, TooManyPages
 */
export async function readList<T>(
  call: GradeCall,
  { endpoint, start, mediaType, max }: ListRequest,
  read: (json: unknown) => T,
): Promise<T[]> {
  const walk = new PageWalk(call.what, endpoint, start, MAX_PAGES);
  const found: T[] = [];
  for (;;) {
    const { headers, body } = await send(call, {
      method: 'GET',
      url: walk.url,
      headers: { accept: mediaType },
    });
    // What an empty body would link to is nothing to follow.
    if (body.trim() === '') return found;
    for (const entry of readBody(call, body, (json) => entriesOf(json).map(read))) {
      if (found.length >= max) throw new TooManyGrades(call.what, max);
      found.push(entry);
    }
    const next = findLink(headers.link, 'next');
    if (next === undefined) return found;
    walk.follow(next);
  }
}

function entriesOf(json: unknown): unknown[] {
  return Array.isArray(json) ? json : [json];
}
