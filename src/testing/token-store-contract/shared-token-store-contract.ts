import { type ContractCase, type TokenStoreHarness } from './contract-case.js';
import { sharedDataCases } from './shared-data-cases.js';
import { sharedLeaseCases } from './shared-lease-cases.js';

/**
 * The rules of a TokenStore that serves several processes, besides `tokenStoreContract`. Each call of `open` returns another
 * instance on the same data, as in another process. With jest:
 *
 *     import { sharedTokenStoreContract } from 'nest-lti/testing';
 *
 *     it.each(sharedTokenStoreContract)('$name', ({ run }) => run({ open: () => MyTokenStore.connect(url) }));
 */
export const sharedTokenStoreContract: readonly ContractCase<TokenStoreHarness>[] = [
  ...sharedDataCases,
  ...sharedLeaseCases,
];
