import base from './jest.config.js';

/** For `npm test`: the suites of the units, contracts and integration tests in a few files, so that each loads the application once. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testPathIgnorePatterns: ['/node_modules/'],
  testSequencer: '<rootDir>/test/support/longest-first.sequencer.js',
  testMatch: ['<rootDir>/test/groups/*.spec.ts', '<rootDir>/test/{browser,e2e}/*.spec.ts'],
};
