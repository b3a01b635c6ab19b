import { followSignal } from '../common/bounded-wait.js';

/**
 * The pages of a list, one ahead: the next page is requested while the last one is used, so two are in memory at most. A failure to read
 * a page comes after the pages before it were used.
 *
 * @param read starts the reading, and ends it when its signal aborts: that of the caller, or when the caller takes no more pages
 */
export async function* readAhead<Page>(
  read: (signal: AbortSignal) => AsyncGenerator<Page, void, void>,
  signal: AbortSignal,
): AsyncGenerator<Page, void, void> {
  const over = new AbortController();
  const unfollow = followSignal(signal, over);
  const pages = read(over.signal);
  try {
    let next = pages.next();
    for (;;) {
      const page = await next;
      if (page.done === true) return;
      next = pages.next();
      // It is awaited after the page was used. A caller that takes no more pages does not need it.
      next.catch(() => undefined);
      yield page.value;
    }
  } finally {
    unfollow();
    over.abort();
    // The signal does not end a reading that waits for its next page to be taken.
    pages.return().catch(() => undefined);
  }
}
