import { type LinkStyle, type PagingQuirks } from './family.js';
import { cursorOf, type MembershipQuery } from './membership-query.js';

export interface PageLink {
  readonly rel: 'next' | 'differences';
  readonly url: string;
}

/** The URL of the page that begins at `offset`, as the family writes it. */
export function nextPageUrl(
  base: string,
  query: MembershipQuery,
  offset: number,
  paging: PagingQuirks,
): string {
  if (paging.style === 'cursor') return withParameters(base, { cursor: cursorOf({ ...query, offset }) });
  return withParameters(base, {
    limit: query.limit?.toString(),
    ...position(offset, query, paging),
    role: paging.nextKeepsRole ? query.role : undefined,
    rlid: query.rlid,
  });
}

/** The URL that answers what changed after the mark. */
export function differencesUrl(base: string, mark: number): string {
  return withParameters(base, { cursor: cursorOf({ offset: 0, since: mark }) });
}

/** The Link header (RFC 8288), in good style or bad; undefined without links. */
export function linkHeader(
  links: readonly PageLink[],
  style: Pick<LinkStyle, 'rel' | 'ampersand'>,
): string | undefined {
  if (links.length === 0) return undefined;
  return links.map(({ rel, url }) => `<${ampersands(url, style)}>; rel=${quoted(rel, style)}`).join(', ');
}

function position(offset: number, query: MembershipQuery, paging: PagingQuirks): Record<string, string> {
  if (paging.style === 'page') return { page: String(Math.floor(offset / (query.limit ?? 1)) + 1) };
  return { [paging.style === 'start' ? 'start' : 'from']: String(offset) };
}

function withParameters(base: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value);
  }
  return url.href;
}

function ampersands(url: string, { ampersand }: Pick<LinkStyle, 'ampersand'>): string {
  return ampersand === 'escaped' ? url.replaceAll('&', '&amp;') : url;
}

function quoted(rel: string, style: Pick<LinkStyle, 'rel'>): string {
  switch (style.rel) {
    case 'quoted':
      return `"${rel}"`;
    case 'unquoted':
      return rel;
    case 'curly':
      // UTF-8 on the wire, which HTTP takes for Latin-1.
      return Buffer.from(`\u201c${rel}\u201d`, 'utf8').toString('latin1');
  }
}
