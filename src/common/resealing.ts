import { type KeyRing } from './encryption.js';
import { CannotDecrypt } from './encryption.errors.js';

/** What became of sealed values that should be sealed with the key that writes now. */
export interface Resealed {
  /** How many were sealed anew; the others were current already, or changed meanwhile. */
  count: number;
  /** The ids of those that open with no key of the ring. They are left as they are. */
  unreadable: readonly string[];
}

export interface SealedValue {
  id: string;
  sealed: string;
  /** What it was sealed for. */
  context: string;
}

/**
 * Seals each value with the first key of the ring.
 *
 * @param write puts `after` in the place of `before`, and tells whether that still stood there
 */
export async function resealEach(
  values: readonly SealedValue[],
  ring: KeyRing,
  write: (id: string, before: string, after: string) => Promise<boolean>,
): Promise<Resealed> {
  const unreadable: string[] = [];
  let count = 0;
  for (const { id, sealed, context } of values) {
    const value = openedWith(ring, sealed, context);
    if (value === undefined) unreadable.push(id);
    else if (ring.isCurrent(sealed)) continue;
    else if (await write(id, sealed, ring.encrypt(value, context))) count += 1;
  }
  return { count, unreadable };
}

function openedWith(ring: KeyRing, sealed: string, context: string): string | undefined {
  try {
    return ring.decrypt(sealed, context);
  } catch (error) {
    if (error instanceof CannotDecrypt) return undefined;
    throw error;
  }
}
