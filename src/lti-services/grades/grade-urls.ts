import { type PlatformFamily } from '../../registrations/platform-family.js';

/** The scores of a line item: AGS 2.0 3.4.2. On the path, and the query stays: Moodle's has a type_id. */
export function scoresUrl(lineItemUrl: string): string {
  return below(lineItemUrl, 'scores');
}

/** The results of a line item: AGS 2.0 3.3.2. Open edX knows them with a slash at the end alone. */
export function resultsUrl(lineItemUrl: string, family: PlatformFamily): string {
  return below(lineItemUrl, family === 'openedx' ? 'results/' : 'results');
}

/** One student's result, for platforms that know no filter; undefined for an id that no path can name. */
export function resultUrl(lineItemUrl: string, userId: string): string | undefined {
  // A URL takes these for steps in its path, encoded too.
  if (userId === '.' || userId === '..') return undefined;
  return below(lineItemUrl, `results/${encodeURIComponent(userId)}`);
}

function below(lineItemUrl: string, part: string): string {
  const url = new URL(lineItemUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${part}`;
  return url.href;
}

/** Adds to a query what is defined, and leaves what is there as it is written: to some platforms it is part of the address. */
export function withQuery(url: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const complete = new URL(url);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (complete.searchParams.has(name)) complete.searchParams.set(name, String(value));
    else complete.search += `${complete.search === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return complete.href;
}
