import { LtiError } from '../../common/lti-error.js';

/** A link would take our token away from the end point that it is for. */
export class ForeignNextLink extends LtiError {
  readonly code = 'foreign_next_link';
  readonly status = 502;
  override readonly specRef = 'RFC 8288 3';

  /** @param what is listed, such as `members` */
  constructor(what: string, link: string, endpoint: string) {
    super(
      `The list of ${what} goes on at ${new URL(link).origin}, but its URL is at ${new URL(endpoint).origin}: ` +
        "that link is not followed. If both are the platform, its administrator has to correct its own address (a proxy's, often).",
    );
  }
}

export class UnreadableNextLink extends LtiError {
  readonly code = 'unreadable_next_link';
  readonly status = 502;
  override readonly specRef = 'RFC 8288 3';

  constructor(
    what: string,
    readonly page: number,
  ) {
    super(
      `Page ${page} of the ${what} has a Link header that speaks of a next page, and no URL can be read from it. ` +
        "The rest of the list cannot be read: report it to the platform's administrator.",
    );
  }
}

/** A page that leads back to one that was read already would be read for ever. */
export class PageLoop extends LtiError {
  readonly code = 'page_loop';
  readonly status = 502;

  constructor(
    what: string,
    readonly page: number,
  ) {
    super(
      `After page ${page} of the ${what} the platform leads back to what was read before. ` +
        'Its paging is broken: report it to its administrator.',
    );
  }
}

export class TooManyPages extends LtiError {
  readonly code = 'too_many_pages';
  readonly status = 502;

  constructor(what: string, maxPages: number, endpoint: string) {
    // Host and path: the query may hold a secret.
    const { host, pathname } = new URL(endpoint);
    super(
      `${host}${pathname} has more than ${maxPages} pages of ${what}. ` +
        'Ask for larger pages by a limit, or raise maxPages if there are that many.',
    );
  }
}
