import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { type RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { RedisClusterServers } from '../support/redis-cluster.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { NEW_KEY, OLD_KEY, openRedisStore, cipherWith } from '../support/redis-store.js';
import { someKey, storeToken } from '../support/some-token.js';

describeWithRedis('RedisTokenStore on a cluster of three masters', () => {
  let cluster: RedisClusterServers;
  beforeAll(async () => (cluster = await RedisClusterServers.start()));
  afterAll(() => cluster.stop());

  const open = (cipher = cipherWith(OLD_KEY)): Promise<RedisTokenStore> =>
    openRedisStore({ cluster: { nodes: cluster.nodes } }, cipher);

  it.each(tokenStoreContract)('keeps the contract: $name', ({ run }) => run({ open: () => open() }));
  it.each(sharedTokenStoreContract)('keeps the shared contract: $name', ({ run }) =>
    run({ open: () => open() }),
  );

  it('re-encrypts the tokens of all masters', async () => {
    const [writer, rotated] = [await open(), await open(cipherWith(NEW_KEY, OLD_KEY))];
    await rotated.reencryptAll();
    // So many registrations that every master stores some.
    for (let nth = 0; nth < 30; nth += 1) {
      await storeToken(writer, someKey());
    }
    expect(await rotated.reencryptAll()).toBe(30);
    expect(await rotated.reencryptAll()).toBe(0);
    await Promise.all([writer.close(), rotated.close()]);
  });
});
