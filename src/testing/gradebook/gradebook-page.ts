import { z } from 'zod';
import { type PageLink } from '../http/link-header.js';
import { type PageWindow, positionParameters, readWindow } from '../http/page-window.js';
import { type WindowQuirks } from '../families/paging-quirks.js';
import { GradebookRefused } from './gradebook.errors.js';

const cursorSchema = z.strictObject({ offset: z.int().min(0), query: z.string() });

/** What a list of the gradebook was asked for: a part of it, and by which parameters. */
export interface AskedPage {
  readonly window: PageWindow;
  readonly parameters: URLSearchParams;
}

/** @throws GradebookRefused `bad_paging` */
export function readAskedPage(parameters: URLSearchParams, paging: WindowQuirks): AskedPage {
  const opaque = paging.style === 'cursor' ? parameters.get('cursor') : null;
  if (opaque === null) return { window: windowOf(parameters, paging), parameters };
  // A link has to be followed unchanged: a caller that adds a filter to it is refused.
  if ([...parameters.keys()].length > 1) throw new GradebookRefused('bad_paging');
  const { offset, query } = readCursor(opaque);
  const first = new URLSearchParams(query);
  return { window: { ...windowOf(first, paging), offset }, parameters: first };
}

export function pageOf<Entry>(entries: readonly Entry[], { offset, limit }: PageWindow): readonly Entry[] {
  return entries.slice(offset, offset + (limit ?? Infinity));
}

/** The links of a page of a list this long. */
export function pageLinks(
  url: URL,
  asked: AskedPage,
  total: number,
  paging: WindowQuirks,
  which: 'next' | 'every',
): PageLink[] {
  const { offset, limit } = asked.window;
  if (limit === undefined) return [];
  const at = (rel: string, start: number): PageLink => ({ rel, url: pageUrl(url, asked, start, paging) });
  const next = offset + limit < total ? [at('next', offset + limit)] : [];
  if (which === 'next') return next;
  return [
    at('first', 0),
    ...(offset > 0 ? [at('prev', Math.max(0, offset - limit))] : []),
    at('canonical', offset),
    ...next,
    // One entry too far on, as Moodle counts it.
    at('last', Math.max(0, total - limit + 1)),
  ];
}

function pageUrl(url: URL, { window, parameters }: AskedPage, offset: number, paging: WindowQuirks): string {
  const page = new URL(url);
  if (paging.style === 'cursor') {
    const cursor = JSON.stringify({ offset, query: parameters.toString() });
    page.search = new URLSearchParams({ cursor: Buffer.from(cursor).toString('base64url') }).toString();
    return page.href;
  }
  for (const [name, value] of Object.entries(positionParameters(offset, window.limit, paging.style))) {
    page.searchParams.set(name, value);
  }
  return page.href;
}

function windowOf(parameters: URLSearchParams, paging: WindowQuirks): PageWindow {
  const window = readWindow(parameters, paging);
  if (window === undefined) throw new GradebookRefused('bad_paging');
  return window;
}

function readCursor(opaque: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(opaque, 'base64url').toString()));
  } catch {
    throw new GradebookRefused('bad_paging');
  }
}
