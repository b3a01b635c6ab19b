import { type ContractCase, type TokenStoreHarness } from './contract-case.js';
import { sharedDataCases } from './shared-data-cases.js';
import { sharedLeaseCases } from './shared-lease-cases.js';

/**
 * What a TokenStore that serves several processes has to keep besides `tokenStoreContract`. Each call of `open` gives
 * another instance on the same data, as another process would have it. With jest:
 *
 *     import { sharedTokenStoreContract } from 'nest-lti/testing';
 *
 *     it.each(sharedTokenStoreContract)('$name', ({ run }) => run({ open: () => MyTokenStore.connect(url) }));
 */
export const sharedTokenStoreContract: readonly ContractCase<TokenStoreHarness>[] = [
  ...sharedDataCases,
  ...sharedLeaseCases,
];
