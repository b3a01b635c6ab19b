import { escapeHtml } from './html.js';

/** The entries of one page of a list, and the links to the pages beside it. */
export interface ListPart<T> {
  readonly entries: readonly T[];
  /** Empty if the list fits on one page. */
  readonly links: string;
}

/** @param addressOf the address of a page, counted from 1 */
export function listPart<T>(
  all: readonly T[],
  { size, page, addressOf }: { size: number; page: string | null; addressOf: (page: number) => string },
): ListPart<T> {
  const last = Math.max(1, Math.ceil(all.length / size));
  const chosen = Math.min(last, Math.max(1, Math.trunc(Number(page ?? 1)) || 1));
  const from = (chosen - 1) * size;
  const entries = all.slice(from, from + size);
  if (last === 1) return { entries, links: '' };
  const link = (to: number, text: string): string =>
    to < 1 || to > last ? '' : `<a href="${escapeHtml(addressOf(to))}">${text}</a>`;
  const links = `<p>${from + 1} to ${from + entries.length} of ${all.length} ${link(chosen - 1, 'Back')} ${link(chosen + 1, 'More')}</p>`;
  return { entries, links };
}
