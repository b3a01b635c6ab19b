import { type PagingQuirks } from '../families/family.js';
import { cursorOf, type MembershipQuery } from './membership-query.js';
import { positionParameters } from '../http/page-window.js';

/** The URL of the page at `offset`, as the family writes it. */
export function nextPageUrl(
  base: string,
  query: MembershipQuery,
  offset: number,
  paging: PagingQuirks,
): string {
  if (paging.style === 'cursor') return withParameters(base, { cursor: cursorOf({ ...query, offset }) });
  return withParameters(base, {
    // Canvas replaces `limit` by `per_page` in its links; otherwise every page would repeat a wrong limit.
    limit: paging.style === 'page' ? undefined : query.limit?.toString(),
    ...positionParameters(offset, query.limit, paging.style),
    role: paging.nextKeepsRole ? query.role : undefined,
    rlid: query.rlid,
    groups: query.groups === true ? 'true' : undefined,
  });
}

/** The URL of the changes after the mark of the query. */
export function differencesUrl(base: string, { mark, groups }: MembershipQuery): string {
  return withParameters(base, { cursor: cursorOf({ offset: 0, since: mark, groups }) });
}

function withParameters(base: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value);
  }
  return url.href;
}
