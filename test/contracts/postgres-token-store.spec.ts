import { type DataSource } from 'typeorm';
import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { TokenStoreDatabase } from '../support/token-store-database.js';

describe('PostgresTokenStore', () => {
  let database: TokenStoreDatabase;
  let pools: [DataSource, DataSource];
  let opened = 0;
  beforeAll(async () => {
    database = await TokenStoreDatabase.create();
    pools = [await database.pool(), await database.pool()];
  });
  afterAll(() => database.drop());

  /** Alternately on two pools, as in two processes. */
  const open = () => database.openOn(pools[opened++ % 2 === 0 ? 0 : 1]);

  describe('keeps the TokenStore contract:', () => {
    it.each(tokenStoreContract)('$name', ({ run }) => run({ open }));
  });

  describe('keeps the SharedTokenStore contract:', () => {
    it.each(sharedTokenStoreContract)('$name', ({ run }) => run({ open }));
  });
});
