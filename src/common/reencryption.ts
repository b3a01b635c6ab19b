import { type KeyRing } from './encryption.js';
import { CannotDecrypt } from './encryption.errors.js';

/** The result of a re-encryption with the first key of the ring. */
export interface Reencrypted {
  /** How many values were encrypted anew. The others were current already, or changed meanwhile. */
  count: number;
  /** The ids of the values that no key of the ring decrypts. They are left as they are. */
  unreadable: readonly string[];
}

export interface EncryptedValue {
  id: string;
  encrypted: string;
  /** The context that it was encrypted for. */
  context: string;
}

/**
 * Encrypts each value with the first key of the ring.
 *
 * @param write replaces `before` with `after`; returns false if `before` was no longer there
 */
export async function reencryptEach(
  values: readonly EncryptedValue[],
  ring: KeyRing,
  write: (id: string, before: string, after: string) => Promise<boolean>,
): Promise<Reencrypted> {
  const unreadable: string[] = [];
  let count = 0;
  for (const { id, encrypted, context } of values) {
    const value = decryptedWith(ring, encrypted, context);
    if (value === undefined) unreadable.push(id);
    else if (ring.isCurrent(encrypted)) continue;
    else if (await write(id, encrypted, ring.encrypt(value, context))) count += 1;
  }
  return { count, unreadable };
}

function decryptedWith(ring: KeyRing, encrypted: string, context: string): string | undefined {
  try {
    return ring.decrypt(encrypted, context);
  } catch (error) {
    if (error instanceof CannotDecrypt) return undefined;
    throw error;
  }
}
