import { KeyRing } from '../../src/common/encryption.js';

/** A key ring with these ids. Each key is 32 equal bytes. */
export function ringOf(...ids: readonly [string, ...string[]]): KeyRing {
  const keyOf = (id: string) => ({ id, key: Buffer.alloc(32, id) });
  const [first, ...rest] = ids;
  return new KeyRing([keyOf(first), ...rest.map(keyOf)]);
}
