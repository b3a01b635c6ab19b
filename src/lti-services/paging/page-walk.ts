import { createHash } from 'node:crypto';
import { isAtPlatform, upgradedToHttps } from '../../platform-http/platform-origin.js';
import { findLink, speaksOf } from '../../common/link-header.js';
import { pagingErrors } from './paging.errors.js';

/** How often the same entries may come as a page: a roster that changes meanwhile can shift a short page once. */
const MAX_SAME_PAGES = 2;
/** Pages without entries in a row: a platform that filters after paging sends some. */
const MAX_EMPTY_PAGES = 50;
/** How often a next link may repeat a parameter with the same value: some platforms add it again to each page's URL. */
const MAX_SAME_PARAMETERS = 2;

/** Walks through the pages of one list. It follows next links unchanged, and refuses loops and links to other hosts. */
export class PageWalk {
  private readonly endpoint: URL;
  private readonly seen = new Set<string>();
  private current: string;
  private differences: string | undefined;
  private pageNumber = 1;
  private readonly timesSeen = new Map<string, number>();
  private emptyPages = 0;
  private entriesOfPageBefore = 0;
  private hasUpgraded = false;

  /**
   * @param what is listed, such as `members`: for errors
   * @param endpoint the URL of the list: no page may be elsewhere
   * @param start the first page
   * @throws {PlatformAnswerInvalid} `foreign_next_link`
   */
  constructor(
    private readonly what: string,
    endpoint: string,
    start: string,
    private readonly maxPages: number,
  ) {
    this.endpoint = new URL(endpoint);
    const first = new URL(start, this.endpoint);
    if (!isAtPlatform(first, this.endpoint)) throw pagingErrors.foreignNextLink(what, first.href, endpoint);
    this.current = first.href;
    this.seen.add(identity(first));
  }

  /** The next page to request. */
  get url(): string {
    return this.current;
  }

  /** Its number, from 1. */
  get page(): number {
    return this.pageNumber;
  }

  /** The last differences link so far. A link to another origin is ignored; it is not an error. */
  get differencesUrl(): string | undefined {
    return this.differences;
  }

  /** Whether an `http` link was followed by https. */
  get isUpgraded(): boolean {
    return this.hasUpgraded;
  }

  noteDifferences(link: string): void {
    const url = this.resolve(link);
    if (url !== undefined && isAtPlatform(url, this.endpoint)) this.differences = url.href;
  }

  /**
   * Goes to the page that a next link leads to.
   *
   * @param entries the ids of the page's entries, in any order, or another text that identifies the page
   * @throws {PlatformAnswerInvalid} `unreadable_next_link`, `foreign_next_link`, `page_loop`, `too_many_pages`
   */
  follow(link: string, entries?: readonly string[]): void {
    const next = this.resolve(link);
    if (next === undefined) throw pagingErrors.unreadableNextLink(this.what, this.pageNumber);
    if (!isAtPlatform(next, this.endpoint))
      throw pagingErrors.foreignNextLink(this.what, next.href, this.endpoint.href);
    if (this.seen.has(identity(next)) || this.grows(next) || this.goesRound(entries)) {
      throw pagingErrors.pageLoop(this.what, this.pageNumber);
    }
    this.entriesOfPageBefore = entries?.length ?? 0;
    if (this.pageNumber >= this.maxPages)
      throw pagingErrors.tooManyPages(this.what, this.maxPages, this.endpoint.href);
    this.current = next.href;
    this.seen.add(identity(next));
    this.pageNumber += 1;
  }

  /**
   * Whether a next link marks the last page, as Blackboard does: after several pages its last one repeats an
   * earlier link (known issue 000078208). The last page is shorter than the one before it; a full one is not taken for it.
   */
  endsByRepeating(link: string, entries: number): boolean {
    const url = this.resolve(link);
    const isKnown = url !== undefined && this.seen.has(identity(url));
    return isKnown && this.pageNumber > 1 && entries < this.entriesOfPageBefore;
  }

  private resolve(link: string): URL | undefined {
    if (!URL.canParse(link, this.current)) return undefined;
    const url = new URL(link, this.current);
    const upgraded = upgradedToHttps(url, this.endpoint);
    if (upgraded === undefined) return url;
    this.hasUpgraded = true;
    return upgraded;
  }

  private grows({ searchParams }: URL): boolean {
    const times = new Map<string, number>();
    for (const pair of searchParams) {
      const name = JSON.stringify(pair);
      const before = this.endpoint.searchParams.getAll(pair[0]).filter((value) => value === pair[1]).length;
      const time = (times.get(name) ?? -before) + 1;
      if (time > MAX_SAME_PARAMETERS) return true;
      times.set(name, time);
    }
    return false;
  }

  private goesRound(entries: readonly string[] | undefined): boolean {
    if (entries === undefined) return false;
    if (entries.length === 0) {
      this.emptyPages += 1;
      return this.emptyPages > MAX_EMPTY_PAGES;
    }
    this.emptyPages = 0;
    const digest = digestOf(entries);
    const times = (this.timesSeen.get(digest) ?? 0) + 1;
    this.timesSeen.set(digest, times);
    return times > MAX_SAME_PAGES;
  }
}

function digestOf(entries: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(entries.toSorted())).digest('base64');
}

/** The fragment is never sent. */
function identity({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search}`;
}

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
