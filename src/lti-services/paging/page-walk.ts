import { isAtPlatform } from '../platform-origin.js';
import { ForeignNextLink, PageLoop, TooManyPages, UnreadableNextLink } from './paging.errors.js';

/** The way through the pages of one list: follows links as they are, and none that leads astray. */
export class PageWalk {
  private readonly endpoint: URL;
  private readonly seen = new Set<string>();
  private current: string;
  private differences: string | undefined;
  private pageNumber = 1;

  /**
   * @param what is listed, such as `members`: for errors
   * @param endpoint the URL of the list: no page may be elsewhere
   * @param start the first page
   * @throws ForeignNextLink
   */
  constructor(
    private readonly what: string,
    endpoint: string,
    start: string,
    private readonly maxPages: number,
  ) {
    this.endpoint = new URL(endpoint);
    const first = new URL(start, this.endpoint);
    if (!isAtPlatform(first, this.endpoint)) throw new ForeignNextLink(what, first.href, endpoint);
    this.current = first.href;
    this.seen.add(identity(first));
  }

  /** The page to ask for now. */
  get url(): string {
    return this.current;
  }

  /** Its number, from 1. */
  get page(): number {
    return this.pageNumber;
  }

  /** The last differences link so far. One that leads elsewhere is worth nothing, and not worth a failure. */
  get differencesUrl(): string | undefined {
    return this.differences;
  }

  noteDifferences(link: string): void {
    const url = URL.canParse(link, this.current) ? new URL(link, this.current) : undefined;
    if (url !== undefined && isAtPlatform(url, this.endpoint)) this.differences = url.href;
  }

  /**
   * Goes to the page that a next link leads to.
   *
   * @throws UnreadableNextLink, ForeignNextLink, PageLoop, TooManyPages
   */
  follow(link: string): void {
    if (!URL.canParse(link, this.current)) {
      throw new UnreadableNextLink(this.what, this.pageNumber);
    }
    const next = new URL(link, this.current);
    if (!isAtPlatform(next, this.endpoint))
      throw new ForeignNextLink(this.what, next.href, this.endpoint.href);
    if (this.seen.has(identity(next))) throw new PageLoop(this.what, this.pageNumber);
    if (this.pageNumber >= this.maxPages)
      throw new TooManyPages(this.what, this.maxPages, this.endpoint.href);
    this.current = next.href;
    this.seen.add(identity(next));
    this.pageNumber += 1;
  }
}

/** The fragment is never sent. */
function identity({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search}`;
}
