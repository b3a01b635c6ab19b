/** RFC 9110 7.6.1: these are about one connection. */
export const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Headers that apply to the platform's origin, or that this server sets itself. */
const OF_THE_ORIGIN = [
  'alt-svc',
  'clear-site-data',
  'content-security-policy',
  'content-security-policy-report-only',
  'date',
  'proxy-status',
  'public-key-pins',
  'refresh',
  'server',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'www-authenticate',
];
const NOT_PASSED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...OF_THE_ORIGIN]);

/**
 * The headers of a platform's answer that the caller gets: without those of its connection, its cookies, and those that browsers
 * would apply to our origin. `Proxy-Status` (RFC 9209) marks the platform's answer; an error of ours does not have it.
 *
 * @param headers lower-case names
 */
export function passedHeaders(
  status: number,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const ofConnection = new Set((headers.connection ?? '').toLowerCase().split(/[\s,]+/));
  const passed = Object.entries(headers).filter(
    ([name]) => !NOT_PASSED.has(name) && !ofConnection.has(name) && !name.startsWith('access-control-'),
  );
  return {
    ...Object.fromEntries(passed),
    'proxy-status': `nest-lti; received-status=${status}`,
    // A page of the platform must not run at this origin.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}
