import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { openRedisStore } from '../support/redis-store.js';

describeWithRedis('the contracts, kept by RedisTokenStore', () => {
  const harness = { open: () => openRedisStore() };

  it.each(tokenStoreContract)('$name', ({ run }) => run(harness));
  it.each(sharedTokenStoreContract)('shared: $name', ({ run }) => run(harness));
});
