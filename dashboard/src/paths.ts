/** The path of the dashboard, such as `/dashboard/`. The server writes it into the page's `<base>`. */
export const BASE = new URL('.', document.baseURI).pathname;

/** The path of the overview, without the slash that Fastify would redirect. */
export const HOME = BASE.replace(/\/$/, '');

/** The path of the REST API beside the dashboard. */
export const API = new URL('../api/v1/', document.baseURI).pathname;

/** The path of a page: `pageAt('courses', id)`. */
export function pageAt(...parts: readonly string[]): string {
  return BASE + parts.map(encodeURIComponent).join('/');
}

/** Adds a query; a field that is undefined or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
