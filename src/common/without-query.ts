/** The URL as it may stand in an error: loggers print the fields of errors, and a query may hold a secret. */
export function withoutQuery(url: URL): URL {
  const shown = new URL(url);
  shown.search = '';
  shown.hash = '';
  return shown;
}
