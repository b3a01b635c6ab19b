// Nest 12 and several of its neighbours are ESM only, and jest's own ESM mode fails on CommonJS packages that require
// them. So everything is compiled to CommonJS inside jest, these packages too; test/e2e runs the built ESM.
const esmOnly = [
  '@nestjs',
  '@scure',
  '@noble',
  'axios',
  'jose',
  'oidc-provider',
  'nanoid',
  'quick-lru',
  'eta',
  'koa',
  'magic-string',
  '@koa',
  'p-limit',
  'yocto-queue',
  'uuid',
  'zod',
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/test/packaging/apps/'],
  testMatch: ['**/*.spec.ts'],
  // Those suites once more, in groups: see jest.grouped.config.js.
  testPathIgnorePatterns: ['/node_modules/', '/test/groups/'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The service imports the library by its name.
    '^nest-lti$': '<rootDir>/src/index.ts',
    '^nest-lti/internal$': '<rootDir>/src/internal.ts',
    '^nest-lti/openapi$': '<rootDir>/src/openapi.ts',
    '^nest-lti/testing$': '<rootDir>/src/testing/index.ts',
  },
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join('|')})/)`],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // More than the cores of a small machine: many suites wait for processes and servers.
  maxWorkers: 3,
  testTimeout: 30_000,
};
