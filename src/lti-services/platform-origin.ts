/** On the end point's origin; or on the same host by https where the end point itself has only http. */
export function isAtPlatform({ origin, protocol, host }: URL, endpoint: URL): boolean {
  if (origin === endpoint.origin) return true;
  return endpoint.protocol === 'http:' && protocol === 'https:' && host === endpoint.host;
}

/**
 * An `http` URL of a platform that is called by `https`, on the same host: TLS ends at a proxy, and the platform behind it
 * writes what it sees. The URL with the end point's protocol and port, or undefined for any other URL.
 */
export function upgradedToHttps(url: URL, endpoint: URL): URL | undefined {
  if (url.protocol !== 'http:' || endpoint.protocol !== 'https:') return undefined;
  if (url.hostname !== endpoint.hostname || (url.port !== '' && url.port !== endpoint.port)) return undefined;
  const upgraded = new URL(url);
  upgraded.protocol = 'https:';
  upgraded.port = endpoint.port;
  return upgraded;
}
