import { type PlatformFamily } from '../../registrations/platform-family.js';
import { withQuery } from '../../common/query.js';
import { resultsUrl, resultUrl } from './line-item-urls.js';

/** These families do not support the filter: the result of one student has a separate path. */
const BY_PATH: ReadonlySet<PlatformFamily> = new Set<PlatformFamily>(['openedx', 'sakai']);

/** Blackboard leaves the comment out of the results of one student: all of them are read, in pages of this size. */
const WHOLE_LIST_PAGE = 1000;

/** Whether the results of all students are read for the results of one. */
export function asksForAll(family: PlatformFamily): boolean {
  return family === 'blackboard';
}

/** The URL of the first page of the results of a line item, of one student or of all. */
export function resultsStart(
  lineItemUrl: string,
  { userId, limit }: { userId?: string | undefined; limit?: number | undefined },
  family: PlatformFamily,
): string {
  const all = resultsUrl(lineItemUrl, family);
  if (BY_PATH.has(family)) return (userId === undefined ? undefined : resultUrl(lineItemUrl, userId)) ?? all;
  if (userId !== undefined && asksForAll(family)) return withQuery(all, { limit: WHOLE_LIST_PAGE });
  // Measured: Moodle answers 404 or 500 to a limit beside the type_id of its URLs.
  return withQuery(all, { user_id: userId, limit: family === 'moodle' ? undefined : limit });
}
