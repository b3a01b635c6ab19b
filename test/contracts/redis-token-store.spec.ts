import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { openRedisStore } from '../support/redis-store.js';

describeWithRedis('the contracts, kept by RedisTokenStore', () => {
  const harness = { open: () => openRedisStore() };

  it.each(tokenStoreContract)('keeps the contract: $name', ({ run }) => run(harness));
  it.each(sharedTokenStoreContract)('keeps the shared contract: $name', ({ run }) => run(harness));
});
