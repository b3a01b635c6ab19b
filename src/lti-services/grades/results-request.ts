import { type PlatformFamily } from '../../registrations/platform-family.js';
import { resultsUrl, resultUrl, withQuery } from './line-item-urls.js';

/** These know no filter: one student's result is found by its path. */
const BY_PATH: ReadonlySet<PlatformFamily> = new Set<PlatformFamily>(['openedx', 'sakai']);

/** Blackboard leaves the comment out of the results of one student: all of them are read, in pages of this size. */
const WHOLE_LIST_PAGE = 1000;

/** Whether all results are asked for, though one student's are wanted. */
export function asksForAll(family: PlatformFamily): boolean {
  return family === 'blackboard';
}

/** Where the results of a line item begin, of one student or of all. */
export function resultsStart(
  lineItemUrl: string,
  { userId, limit }: { userId?: string | undefined; limit?: number | undefined },
  family: PlatformFamily,
): string {
  const all = resultsUrl(lineItemUrl, family);
  if (BY_PATH.has(family)) return (userId === undefined ? undefined : resultUrl(lineItemUrl, userId)) ?? all;
  if (userId !== undefined && asksForAll(family)) return withQuery(all, { limit: WHOLE_LIST_PAGE });
  // Measured: with a limit, and the type_id that its addresses have, Moodle answers 404 or 500.
  return withQuery(all, { user_id: userId, limit: family === 'moodle' ? undefined : limit });
}
