import { createHash } from 'node:crypto';

/** A line item of a registration as an index can hold it: its URL may be longer than that. */
export function lineItemKey(registrationId: string, url: string): string {
  return createHash('sha256')
    .update(`${registrationId} ${new URL(url).href}`)
    .digest('hex')
    .slice(0, 32);
}
