import { createHash } from 'node:crypto';

/**
 * The id of a user or another object in the platform's own API: a number, the same in every process, which cannot be guessed
 * from the LTI id.
 */
export function numericId(ltiId: string): number {
  // 48 bits: exact as a number, and without a collision among some 100,000 people.
  return createHash('sha256').update(ltiId).digest().readUIntBE(0, 6) + 1;
}

/** How the platform's own API writes user ids: as numbers, as numbers of another shard, or as those in quotes. */
export type UserIdStyle = 'number' | 'large-number' | 'large-text';

/** An id as the API writes it. Canvas puts the number of the shard before ids of other shards, so they exceed 2^53. */
export function writtenUserId(ltiId: string, style: UserIdStyle): number | bigint | string {
  const id = numericId(ltiId);
  if (style === 'number') return id;
  const large = 10_000_000_000_000_000n * 10n + BigInt(id);
  return style === 'large-number' ? large : String(large);
}
