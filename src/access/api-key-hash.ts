import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Keys are long and random, so a plain hash keeps them safe at rest and finds them by index. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** 256 random bits, under a prefix by which scanners of leaked secrets can know it. */
export function newKey(): string {
  return `nlti_${randomBytes(32).toString('base64url')}`;
}

/**
 * In constant time. The index that found the row compares byte by byte, which tells a stranger no more than the
 * beginning of a digest that cannot be steered; the answer itself rests on this.
 */
export function isHashOfKey(hash: string, key: string): boolean {
  const stored = Buffer.from(hash);
  const given = Buffer.from(hashOfKey(key));
  return stored.length === given.length && timingSafeEqual(stored, given);
}
