import { z } from 'zod';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { type Answer, jsonAnswer } from '../http/http-exchange.js';
import { linkHeader, type PageLink } from '../http/link-header.js';
import { nextUrl } from '../http/next-url.js';
import { UserApiRefused } from './user-oauth.errors.js';

const defaultPerPage = 10;
const mostPerPage = 100;
const positive = z.coerce.number().int().min(1);

/** `bookmark`: an opaque position without a last page; `number`: pages are counted. */
export type ApiPaging = 'bookmark' | 'number';

/** The requested part of a list, with links as Canvas writes them. @throws {UserApiRefused} `bad_page`. */
export function apiPage(
  entries: readonly unknown[],
  url: URL,
  paging: ApiPaging,
  faults: readonly Fault[],
): Answer {
  const perPage = Math.min(read(url.searchParams.get('per_page') ?? String(defaultPerPage)), mostPerPage);
  const page = pageNumber(url.searchParams.get('page'), paging);
  const lastPage = Math.max(1, Math.ceil(entries.length / perPage));
  const at = (number: number) => pageUrl(url, number, perPage, paging);
  const next = nextUrl(page < lastPage ? at(page + 1) : undefined, faults, url.href);
  const links: PageLink[] = [
    { rel: 'current', url: at(page) },
    ...(next === undefined ? [] : [{ rel: 'next', url: next }]),
    { rel: 'first', url: at(1) },
    ...(paging === 'number' ? [{ rel: 'last', url: at(lastPage) }] : []),
  ];
  const { rel = 'quoted', ampersand = 'plain' } = faultOf(faults, 'link-style') ?? {};
  const link = linkHeader(links, { rel, ampersand });
  const shown = entries.slice((page - 1) * perPage, page * perPage);
  return jsonAnswer(200, shown, link === undefined ? {} : { link });
}

function pageNumber(asked: string | null, paging: ApiPaging): number {
  if (asked === null) return 1;
  if (paging === 'number') return read(asked);
  const [, bookmark] = /^bookmark:([\w-]+)$/.exec(asked) ?? [];
  return read(Buffer.from(bookmark ?? '', 'base64url').toString());
}

function pageUrl(url: URL, page: number, perPage: number, paging: ApiPaging): string {
  const address = new URL(url);
  const place = paging === 'number' ? String(page) : bookmark(page);
  address.searchParams.set('page', place);
  address.searchParams.set('per_page', String(perPage));
  return address.href;
}

function bookmark(page: number): string {
  return `bookmark:${Buffer.from(String(page)).toString('base64url')}`;
}

function read(text: string): number {
  const parsed = positive.safeParse(text);
  if (!parsed.success) throw new UserApiRefused('bad_page');
  return parsed.data;
}
