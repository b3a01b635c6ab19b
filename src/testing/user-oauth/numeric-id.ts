import { createHash } from 'node:crypto';

/**
 * The id that the platform's own API has for somebody or something: a number, the same in every process, and not to be
 * guessed from the id that LTI has.
 */
export function numericId(ltiId: string): number {
  // 48 bits: exact as a number, and no two of some 100,000 people meet.
  return createHash('sha256').update(ltiId).digest().readUIntBE(0, 6) + 1;
}
