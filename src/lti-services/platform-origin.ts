/** On the end point's origin; or on the same host by https where the end point itself has only http. */
export function isAtPlatform({ origin, protocol, host }: URL, endpoint: URL): boolean {
  if (origin === endpoint.origin) return true;
  return endpoint.protocol === 'http:' && protocol === 'https:' && host === endpoint.host;
}
