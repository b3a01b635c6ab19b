import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { pageLinks, pageOf, readAskedPage } from './gradebook-page.js';
import { type GradebookQuirks } from '../families/gradebook-quirks.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { linkHeader, type PageLink } from '../http/link-header.js';
import { nextUrl } from '../http/next-url.js';
import { type WindowQuirks } from '../families/paging-quirks.js';
import { phpEscapes } from '../http/php-json.js';

interface GradebookList {
  readonly quirks: GradebookQuirks;
  readonly paging: WindowQuirks;
  readonly contentType: string;
  /** The entries that pass the filters of these query parameters, in order. */
  readonly entriesFor: (parameters: URLSearchParams) => readonly object[];
}

/** The requested page of a list. @throws {GradebookRefused} `bad_paging`. */
export function gradebookList(
  request: PlatformRequest,
  faults: readonly Fault[],
  { quirks, paging, contentType, entriesFor }: GradebookList,
): Answer {
  const asked = readAskedPage(request.url.searchParams, paging);
  const entries = entriesFor(asked.parameters);
  const page = pageOf(entries, asked.window);
  const links = withFaults(
    pageLinks(request.url, asked, entries.length, paging, quirks.links),
    faults,
    request.url.href,
  );
  const link = linkHeader(links, faultOf(faults, 'link-style') ?? quirks.linkStyle);
  const isEmptyBody = page.length === 0 && quirks.emptyPage === 'empty-body';
  return {
    status: 200,
    headers: { 'content-type': `${contentType}; charset=utf-8`, ...(link === undefined ? {} : { link }) },
    body: isEmptyBody ? '' : gradebookText(page, quirks.jsonEscapes),
  };
}

/** JSON as the family writes it. */
export function gradebookText(json: object, escapes: GradebookQuirks['jsonEscapes']): string {
  const text = JSON.stringify(json);
  return escapes === 'php' ? phpEscapes(text) : text;
}

function withFaults(links: readonly PageLink[], faults: readonly Fault[], pageUrl: string): PageLink[] {
  const honest = links.find(({ rel }) => rel === 'next')?.url;
  const next = nextUrl(honest, faults, pageUrl);
  if (next === honest) return [...links];
  const others = links.filter(({ rel }) => rel !== 'next');
  return next === undefined ? others : [...others, { rel: 'next', url: next }];
}
