import base from './jest.config.js';

/** For `npm run test:packaging`: hosts that install the packed tarballs from the registry. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['<rootDir>/test/packaging/*.packaging.ts'],
  maxWorkers: 1,
  testTimeout: 900_000,
};
