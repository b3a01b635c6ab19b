import { findLink, speaksOf } from '../../common/link-header.js';
import { pagingErrors } from './paging.errors.js';

/**
 * The URL of the next page as the platform wrote it: not checked, perhaps relative. Undefined on the last page.
 *
 * @param header the page's Link header
 * @param what is listed, such as `members`: for errors
 * @throws {PlatformAnswerInvalid} `unreadable_next_link` when the header speaks of a next page and gives no URL: it never means "last page"
 */
export function nextLink(header: string | undefined, what: string, page: number): string | undefined {
  const next = findLink(header, 'next');
  if (next === undefined && speaksOf(header, 'next')) throw pagingErrors.unreadableNextLink(what, page);
  return next;
}
