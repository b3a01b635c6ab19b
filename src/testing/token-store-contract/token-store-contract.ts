import { changeCases } from './change-cases.js';
import { type ContractCase, type TokenStoreHarness } from './contract-case.js';
import { deletionCases } from './deletion-cases.js';
import { failureCases } from './failure-cases.js';
import { leaseCases } from './lease-cases.js';
import { listingCases } from './listing-cases.js';
import { readingCases } from './reading-cases.js';

/**
 * The rules of every TokenStore, for any test runner. With jest:
 *
 *     import { tokenStoreContract } from 'nest-lti/testing';
 *
 *     it.each(tokenStoreContract)('$name', ({ run }) => run({ open: () => new MyTokenStore() }));
 *
 * A store that serves several processes (`shared` is true) also has to pass `sharedTokenStoreContract`.
 */
export const tokenStoreContract: readonly ContractCase<TokenStoreHarness>[] = [
  ...readingCases,
  ...failureCases,
  ...leaseCases,
  ...deletionCases,
  ...listingCases,
  ...changeCases,
];
