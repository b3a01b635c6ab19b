import { placeOf } from '../../common/url-policy.js';
import { PlatformAnswerInvalid } from '../../common/reactions.errors.js';

/** Faults of lists that platforms give in pages. `what` is listed, such as `members`. */
export const pagingErrors = {
  /** A link that would take our token to another origin than that of the endpoint. */
  foreignNextLink: (what: string, link: string, endpoint: string) =>
    new PlatformAnswerInvalid({
      code: 'foreign_next_link',
      message:
        `The next page of the ${what} is at ${placeOf(new URL(link))}, but the first page is at ${new URL(endpoint).origin}: ` +
        'that link is not followed. If both are the platform, its administrator must correct the address that it (or its proxy) uses for itself.',
      specRef: 'RFC 8288 3',
    }),
  unreadableNextLink: (what: string, page: number) =>
    new PlatformAnswerInvalid({
      code: 'unreadable_next_link',
      message:
        `Page ${page} of the ${what} has a Link header that names a next page, but its URL cannot be read. ` +
        "The rest of the list cannot be read: report it to the platform's administrator.",
      specRef: 'RFC 8288 3',
    }),
  /** The next page has already been read, so the list would have no end. */
  pageLoop: (what: string, page: number) =>
    new PlatformAnswerInvalid({
      code: 'page_loop',
      message:
        `After page ${page} of the ${what} the platform names a page that has already been read. ` +
        'Its paging is broken: report it to its administrator.',
    }),
  tooManyPages: (what: string, maxPages: number, endpoint: string) => {
    // Host and path: the query may hold a secret.
    const { host, pathname } = new URL(endpoint);
    return new PlatformAnswerInvalid({
      code: 'too_many_pages',
      message:
        `${host}${pathname} has more than ${maxPages} pages of ${what}. ` +
        'Request larger pages with a limit, or raise maxPages.',
    });
  },
};
