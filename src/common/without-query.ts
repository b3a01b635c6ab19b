/** The URL without its query, for errors: loggers print the fields of errors, and a query may contain a secret. */
export function withoutQuery(url: URL): URL {
  const shown = new URL(url);
  shown.search = '';
  shown.hash = '';
  return shown;
}
