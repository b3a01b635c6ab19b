import { createHash } from 'node:crypto';

/** 43 characters of base64url. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
