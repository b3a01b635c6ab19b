import { createHash, randomBytes } from 'node:crypto';
import { isEqualInConstantTime } from '../common/constant-time.js';

/** Keys are long and random, so a plain hash keeps them safe at rest and finds them by index. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** 256 random bits, under a prefix by which scanners of leaked secrets can know it. */
export function newKey(): string {
  return `nlti_${randomBytes(32).toString('base64url')}`;
}

/**
 * Compares in constant time. The index that found the row compares byte by byte; an attacker learns from that at most the beginning
 * of a digest, which an attacker cannot choose.
 */
export function isHashOfKey(hash: string, key: string): boolean {
  return isEqualInConstantTime(hash, hashOfKey(key));
}
