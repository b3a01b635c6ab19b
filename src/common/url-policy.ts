import { isIP, isIPv6 } from 'node:net';
import { UnsafeUrl } from './url-policy.errors.js';
import ipaddr from 'ipaddr.js';

export interface UrlPolicyOptions {
  /** Development: private addresses are allowed, and plain http to them. */
  allowPrivateNetworks: boolean;
  /** Hosts that may be private and speak plain http: a name or address, as URLs have it, with `:port` for that port only. */
  allowedPrivateHosts: readonly string[];
}

/** Where a URL leads, for messages: its origin, or its scheme if URLs of that scheme have no origin (`file:`). */
export function placeOf({ origin, protocol }: URL): string {
  return origin === 'null' ? protocol : origin;
}

const MAX_LENGTH = 2048;
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal)$/;

interface ListedHost {
  name: string;
  port?: string;
}

/** Decides which URLs of platforms may be called: https and public ones, and those that the operator allows. */
export class UrlPolicy {
  private readonly allowPrivateNetworks: boolean;
  private readonly listedHosts: readonly ListedHost[];

  /** @throws TypeError if an entry of `allowedPrivateHosts` is not a host */
  constructor({ allowPrivateNetworks, allowedPrivateHosts }: UrlPolicyOptions) {
    this.allowPrivateNetworks = allowPrivateNetworks;
    this.listedHosts = allowedPrivateHosts.map(parseListedHost);
  }

  /**
   * What can be told from the URL alone. A name may still lead to a private address: the connection asks `assertReachable`.
   *
   * @returns the URL, normalised and without its fragment, which is never sent.
   * @throws UnsafeUrl
   */
  check(text: string): URL {
    if (text.length > MAX_LENGTH) throw UnsafeUrl.tooLong(text.length, MAX_LENGTH);
    const url = parseUrl(text);
    if (url.hash !== '') url.hash = '';
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw UnsafeUrl.notHttps(url);
    if (url.username !== '' || url.password !== '') throw UnsafeUrl.withCredentials(url);
    if (this.lists(url)) return url;

    if (url.protocol === 'http:' && !this.allowPrivateNetworks) throw UnsafeUrl.notHttps(url);
    const host = bareHost(url);
    // WHATWG URLs write every notation of an IPv4 address as four decimals.
    if (isIP(host) !== 0) this.assertReachable(url, [host]);
    else if (PRIVATE_NAME.test(host) && !this.allowPrivateNetworks) throw UnsafeUrl.privateHost(url);
    return url;
  }

  /** Whether the URL may be called at this IP address. */
  permits(url: URL, address: string): boolean {
    if (this.lists(url)) return true;
    const kind = addressKind(address);
    if (kind === 'public') return url.protocol === 'https:';
    return kind === 'private' && this.allowPrivateNetworks;
  }

  /**
   * For the connection: one address that is not permitted refuses them all, as the system may try any of them.
   *
   * @throws UnsafeUrl
   */
  assertReachable(url: URL, addresses: readonly string[]): void {
    const refused = addresses.find((address) => !this.permits(url, address));
    if (refused === undefined) return;
    throw addressKind(refused) === 'public' ? UnsafeUrl.plainHttp(url) : UnsafeUrl.privateHost(url);
  }

  private lists(url: URL): boolean {
    if (this.listedHosts.length === 0) return false;
    const name = bareHost(url);
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return this.listedHosts.some(
      (host) => host.name === name && (host.port === undefined || host.port === port),
    );
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    // Not `cause`: it would print the URL.
    throw UnsafeUrl.malformed();
  }
}

/** The host without an IPv6 address's brackets and without the root's dot; the URL parser has made it lower-case. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Whether it is a valid entry of `allowedPrivateHosts`. */
export function isHostEntry(entry: string): boolean {
  const authority = authorityOf(entry);
  return !/[/?#@\s\\]/.test(authority) && URL.canParse(`http://${authority}`);
}

function parseListedHost(entry: string): ListedHost {
  if (!isHostEntry(entry)) {
    throw new TypeError(
      `"${entry}" in allowedPrivateHosts is not a host. Give a name or an address, with or without a port.`,
    );
  }
  const authority = authorityOf(entry);
  // Not from the URL: that forgets a port 80.
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    name: bareHost(new URL(`http://${authority}`)),
    ...(port === undefined ? {} : { port: String(Number(port)) }),
  };
}

function authorityOf(entry: string): string {
  const host = entry.trim();
  return isIPv6(host) ? `[${host}]` : host;
}

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
