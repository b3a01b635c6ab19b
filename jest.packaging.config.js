import base from './jest.config.js';

/** For `npm run test:packaging`: hosts that install the packed tarballs from the registry. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['<rootDir>/test/packaging/*.packaging.ts'],
  // They take minutes, and change with a release at most: CONTRIBUTING.md names when to run them.
  testPathIgnorePatterns:
    process.env.PACKAGING_GATE === '1'
      ? ['(image|standalone|releases|nest-add|getting-started)\\.packaging']
      : [],
  maxWorkers: 1,
  testTimeout: 900_000,
};
