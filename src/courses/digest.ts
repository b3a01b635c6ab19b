import { hash } from 'node:crypto';

/** 43 characters of base64url. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
