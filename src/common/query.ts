/** The URL as it may stand in an error: loggers print the fields of errors, and a query may contain a secret. */
export function withoutQuery(url: URL): URL {
  const shown = new URL(url);
  shown.search = '';
  shown.hash = '';
  return shown;
}

/**
 * Sets parameters of an absolute URL. Others stay as they are written: some platforms use them as part of the path.
 *
 * @param parameters undefined ones are left out
 */
export function withQuery(
  url: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const complete = new URL(url);
  const added: [string, string][] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (complete.searchParams.has(name)) complete.searchParams.set(name, String(value));
    else added.push([name, String(value)]);
  }
  return appendQuery(complete.href, added);
}

/** Appends parameters to a URL, which may be relative. Its own query stays as it is written; a fragment is dropped. */
export function appendQuery(url: string, parameters: readonly [string, string][]): string {
  const [bare = ''] = url.split('#', 1);
  if (parameters.length === 0) return bare;
  const separator = bare.includes('?') ? (/[?&]$/.test(bare) ? '' : '&') : '?';
  // %20 is a space in every part of a URL; `+` is one only for receivers that read the query as a form.
  const query = new URLSearchParams([...parameters]).toString();
  return `${bare}${separator}${query.replaceAll('+', '%20')}`;
}
