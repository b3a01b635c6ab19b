import { createHash } from 'node:crypto';

/**
 * The id that the platform's own API has for somebody or something: a number, the same in every process, and not to be
 * guessed from the id that LTI has.
 */
export function numericId(ltiId: string): number {
  // 48 bits: exact as a number, and no two of some 100,000 people meet.
  return createHash('sha256').update(ltiId).digest().readUIntBE(0, 6) + 1;
}

/** How the platform's own API writes the ids of people: as numbers, as those of another shard, or as these in quotes. */
export type UserIdStyle = 'number' | 'large-number' | 'large-text';

/** An id as the API writes it. Canvas puts the number of the shard before ids of other shards, which takes them past 2^53. */
export function writtenUserId(ltiId: string, style: UserIdStyle): number | bigint | string {
  const id = numericId(ltiId);
  if (style === 'number') return id;
  const large = 10_000_000_000_000_000n * 10n + BigInt(id);
  return style === 'large-number' ? large : String(large);
}
