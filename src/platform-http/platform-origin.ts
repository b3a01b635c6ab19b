import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

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

const MAX_PLATFORMS = 10_000;
const logger = new Logger('HttpsUpgrade');
const warned = new LRUCache<string, true>({ max: MAX_PLATFORMS });

/** Warns once for each registration and host: rosters have many pages. */
export function warnOfHttpLinks(registrationId: string, url: string): void {
  const { host } = new URL(url);
  const name = `${registrationId} ${host}`;
  if (warned.has(name)) return;
  warned.set(name, true);
  logger.warn(
    `${host}, the platform of registration ${registrationId}, sends http links to itself; nest-lti calls them by https. ` +
      'The administrator should correct the address of the platform: TLS probably ends at a proxy in front of it.',
  );
}
