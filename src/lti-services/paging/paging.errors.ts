import { PlatformAnswerInvalid } from '../../common/reactions.errors.js';

/** Faults of lists that platforms give in pages. `what` is listed, such as `members`. */
export const pagingErrors = {
  /** A link that would take our token to another origin than that of the endpoint. */
  foreignNextLink: (what: string, link: string, endpoint: string) =>
    new PlatformAnswerInvalid({
      code: 'foreign_next_link',
      message:
        `The list of ${what} goes on at ${new URL(link).origin}, but its URL is at ${new URL(endpoint).origin}: ` +
        "that link is not followed. If both are the platform, its administrator has to correct its own address (a proxy's, often).",
      specRef: 'RFC 8288 3',
    }),
  unreadableNextLink: (what: string, page: number) =>
    new PlatformAnswerInvalid({
      code: 'unreadable_next_link',
      message:
        `Page ${page} of the ${what} has a Link header that speaks of a next page, and no URL can be read from it. ` +
        "The rest of the list cannot be read: report it to the platform's administrator.",
      specRef: 'RFC 8288 3',
    }),
  /** The next page was read already, so the list would be read without end. */
  pageLoop: (what: string, page: number) =>
    new PlatformAnswerInvalid({
      code: 'page_loop',
      message:
        `After page ${page} of the ${what} the platform leads back to what was read before. ` +
        'Its paging is broken: report it to its administrator.',
    }),
  tooManyPages: (what: string, maxPages: number, endpoint: string) => {
    // Host and path: the query may hold a secret.
    const { host, pathname } = new URL(endpoint);
    return new PlatformAnswerInvalid({
      code: 'too_many_pages',
      message:
        `${host}${pathname} has more than ${maxPages} pages of ${what}. ` +
        'Ask for larger pages by a limit, or raise maxPages if there are that many.',
    });
  },
};
