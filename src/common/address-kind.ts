import ipaddr from 'ipaddr.js';

/**
 * - `public`: routed on the internet.
 * - `private`: this machine or a network of one's own.
 * - `special`: everything else, such as link-local (where clouds keep their metadata), multicast, reserved and tunnels.
 */
export type AddressKind = 'public' | 'private' | 'special';

const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'uniqueLocal',
  'carrierGradeNat',
]);
/** RFC 4291 2.4: nothing else has been given out, and ipaddr.js calls whatever it does not know unicast. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6052: on an IPv6-only network every public IPv4 host has such an address. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** The kind of an IP address in its usual notation, with or without a zone; `special` if it is not an address. */
export function addressKind(text: string): AddressKind {
  if (!ipaddr.isValid(text)) return 'special';
  const address = embeddedIPv4(ipaddr.process(text));
  const range = address.range();
  if (PRIVATE_RANGES.has(range)) return 'private';
  if (range !== 'unicast') return 'special';
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST) ? 'public' : 'special';
}

function embeddedIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4 || !address.match(NAT64)) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}
