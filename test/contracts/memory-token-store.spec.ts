import { AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { tokenStoreContract } from '../../src/testing/index.js';

describe('the TokenStore contract with MemoryTokenStore', () => {
  it.each(tokenStoreContract)('$name', ({ run }) => run({ open: () => new MemoryTokenStore() }));
});

it('deletes the oldest key of MemoryTokenStore above 10,000 keys', async () => {
  const store = new MemoryTokenStore();
  const nth = (n: number) => new AccessTokenKey(`registration-${n}`, 1, ['a']);
  for (let n = 0; n <= 10_000; n += 1) await store.acquire(nth(n), { termMs: 1000, holder: 'test' });
  expect(await store.list('registration-0')).toEqual([]);
  expect(await store.list('registration-1')).toHaveLength(1);
});
