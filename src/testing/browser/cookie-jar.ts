import { type Clock } from '../../common/clock.js';

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** Whether requests of other sites carry the cookie. */
  readonly isForAll: boolean;
}

/** A browser's cookies, by origin, name and path (RFC 6265 5), as far as LTI tools need them. The Domain attribute is ignored. */
export class CookieJar {
  readonly #byOrigin = new Map<string, Map<string, Cookie>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Stores the Set-Cookie headers of a response. */
  store(url: URL, headers: readonly string[]): void {
    const cookies = this.#byOrigin.get(url.origin) ?? new Map<string, Cookie>();
    this.#byOrigin.set(url.origin, cookies);
    for (const header of headers) this.#storeOne(url, header, cookies);
  }

  /** The cookies of a request as `name=value`, the longest path first. `foreign`: a page of another site sends it. */
  cookiesFor(url: URL, from: 'own' | 'foreign'): readonly string[] {
    return [...(this.#byOrigin.get(url.origin)?.values() ?? [])]
      .filter(({ path, isForAll }) => isUnder(url.pathname, path) && (from === 'own' || isForAll))
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`);
  }

  #storeOne(url: URL, header: string, cookies: Map<string, Cookie>): void {
    const [pair = '', ...rest] = header.split(';').map((part) => part.trim());
    const [name, value] = cut(pair);
    const attributes = new Map(rest.map((part) => cut(part)).map(([key, text]) => [key.toLowerCase(), text]));
    const given = attributes.get('path') ?? '';
    const path = given.startsWith('/') ? given : directoryOf(url.pathname);
    const isSecure = attributes.has('secure');
    if (isSecure && !isTrustworthy(url)) return;
    if (name.startsWith('__Host-') && (!isSecure || path !== '/' || attributes.has('domain'))) return;
    const key = JSON.stringify([name, path]);
    if (this.#isExpired(attributes)) return void cookies.delete(key);
    const isForAll = isSecure && attributes.get('samesite')?.toLowerCase() === 'none';
    cookies.set(key, { name, value, path, isForAll });
  }

  #isExpired(attributes: ReadonlyMap<string, string>): boolean {
    const maxAge = attributes.get('max-age');
    if (maxAge !== undefined) return Number(maxAge) <= 0;
    const expires = attributes.get('expires');
    return expires !== undefined && Date.parse(expires) <= this.#clock.nowMs();
  }
}

function cut(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

// RFC 6265 5.1.4
function directoryOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function isUnder(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

// Browsers treat this machine as secure, with or without TLS.
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  );
}
