import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

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
