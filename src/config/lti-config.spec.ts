import { type ConfigurationFault, ConfigurationInvalid } from '../common/reactions.errors.js';
import { type LtiConfig, type LtiModuleOptions, parseLtiConfig } from './lti-config.js';

const KEY = Buffer.alloc(32, 1).toString('base64');
const VALID: LtiModuleOptions = {
  publicUrl: 'https://tool.example.edu',
  database: { url: 'postgres://lti:geheim@db.example.edu/lti' },
  encryptionKeys: `a:${KEY}`,
};

function parse(changes: Record<string, unknown>): LtiConfig {
  return parseLtiConfig({ ...VALID, ...changes });
}

function faultsOf(options: unknown): readonly ConfigurationFault[] {
  try {
    parseLtiConfig(options);
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.faults;
    throw error;
  }
  return [];
}

const namesOf = (options: unknown): string[] => faultsOf(options).map(({ name }) => name);

describe('the options of LtiModule', () => {
  it('need a public URL, a database and keys, and have a default for everything else', () => {
    expect(parse({})).toEqual({
      publicUrl: 'https://tool.example.edu',
      database: { url: 'postgres://lti:geheim@db.example.edu/lti', migrate: true, poolSize: 6 },
      jobs: { backend: 'postgres' },
      tokenStore: { type: 'postgres' },
      encryptionKeys: [{ id: 'a', key: Buffer.alloc(32, 1) }],
      accessTokens: { margin: 60_000, localTtl: 60_000 },
      courseSync: { every: 900_000, slowDown: true, archiveAfter: 180 * 86_400_000, concurrency: 4 },
      gradePassback: { concurrency: 20, keepFor: 90 * 86_400_000 },
      retention: {
        syncRuns: 30 * 86_400_000,
        launchSessions: 86_400_000,
        notices: 7 * 86_400_000,
        events: 7 * 86_400_000,
        rejectedScores: 365 * 86_400_000,
      },
      launch: {
        deployments: 'strict',
        anonymous: 'allow',
        sessionFor: 4 * 3_600_000,
        toolUrls: [],
        codeIn: 'form',
      },
      platformHttp: { allowPrivateNetworks: false, allowedPrivateHosts: [], concurrencyPerPlatform: 8 },
      dynamicRegistration: { open: false, contacts: [], privacyLevel: 'public' },
      toolKeys: { rotateEvery: 'never', signAfter: 86_400_000, keepFor: 86_400_000 },
    });
  });

  it('are refused with every fault at once, each under its name', () => {
    const options = {
      publicUrl: 'tool.example.edu',
      database: { url: 'mysql://db/lti', directUrl: 'here', poolSize: 1, migrate: 'yes' },
      tokenStore: 'disk',
      encryptionKeys: 'secret',
      adminApiKey: 'short',
      accessTokens: { margin: 60, localTtl: 'soon' },
      courseSync: { every: '15', archiveAfter: '23h', concurrency: -1 },
      gradePassback: { concurrency: 0.5, keepFor: 'never' },
      retention: { syncRuns: 30, notices: '1d', rejectedScores: 'never' },
      platformHttp: { allowPrivateNetworks: 1, allowedPrivateHosts: ['ok.example', 'a/b'] },
      toolKeys: { rotateEvery: 90, signAfter: '4m', keepFor: 'long', signer: { sign: 1 } },
    };
    expect(namesOf(options)).toEqual([
      'publicUrl',
      'database.url',
      'database.directUrl',
      'database.migrate',
      'database.poolSize',
      'tokenStore',
      'encryptionKeys',
      'adminApiKey',
      'accessTokens.margin',
      'accessTokens.localTtl',
      'courseSync.every',
      'courseSync.archiveAfter',
      'courseSync.concurrency',
      'gradePassback.concurrency',
      'gradePassback.keepFor',
      'retention.syncRuns',
      'retention.notices',
      'retention.rejectedScores',
      'platformHttp.allowPrivateNetworks',
      'platformHttp.allowedPrivateHosts.1',
      'toolKeys.rotateEvery',
      'toolKeys.signAfter',
      'toolKeys.keepFor',
      'toolKeys.signer',
    ]);
  });

  it.each([
    ['what is missing', {}, ['publicUrl', 'database', 'encryptionKeys']],
    ['options that are no object', undefined, ['options']],
    ['an unknown option', { ...VALID, encryptionKey: 'x' }, ['encryptionKey']],
    [
      'an unknown option within one',
      { ...VALID, database: { ...VALID.database, pool: 1 } },
      ['database.pool'],
    ],
    [
      'an unknown option of the token store',
      { ...VALID, tokenStore: { type: 'memory', ttl: 1 } },
      ['tokenStore.ttl'],
    ],
    ['a token store that lacks its address', { ...VALID, tokenStore: { type: 'redis' } }, ['tokenStore.url']],
    ['a public URL that is no web address', { ...VALID, publicUrl: 'ftp://tool' }, ['publicUrl']],
    ['a public URL with a query', { ...VALID, publicUrl: 'https://tool/app?x=1' }, ['publicUrl']],
    ['a public URL with an empty fragment', { ...VALID, publicUrl: 'https://tool/#' }, ['publicUrl']],
    ['a public URL with a user', { ...VALID, publicUrl: 'https://user@tool' }, ['publicUrl']],
  ])('report %s', (_, options, names) => expect(namesOf(options)).toEqual(names));

  it('report every fault in one message', () => {
    expect(() => parseLtiConfig({ ...VALID, publicUrl: '', typo: 1 })).toThrow(
      'The configuration is wrong:\n' +
        '  publicUrl: must be the http(s) URL under which browsers reach this app\n' +
        '  typo: is not an option of nest-lti',
    );
  });

  it.each(['api', 'launches', 'notices', 'events', 'dashboard', 'worker'])(
    'report where the option %s belongs, when a factory returns it',
    (name) => {
      expect(() => parseLtiConfig({ ...VALID, [name]: {} })).toThrow(
        `The configuration is wrong. ${name}: belongs beside useFactory, not into its result`,
      );
    },
  );

  it('report one fault in one line, with the fix', () => {
    expect(() => parseLtiConfig({ ...VALID, encryptionKeys: '' })).toThrow(
      'The configuration is wrong. encryptionKeys: is empty; make a key with: echo "main:$(openssl rand -base64 32)"',
    );
  });

  it('show no secret in that message', () => {
    const secrets = ['hunter2', 'geheim', 'c2VjcmV0', 'shortkey'];
    const faults = faultsOf({
      ...VALID,
      database: { url: 'mysql://lti:geheim@db/lti', directUrl: 'postgres:hunter2' },
      encryptionKeys: `a:${KEY},b:c2VjcmV0`,
      adminApiKey: 'shortkey',
    });
    expect(faults).toHaveLength(3);
    for (const secret of secrets) expect(JSON.stringify(faults)).not.toContain(secret);
  });

  it('refuse an API key that cannot be sent in a header', () => {
    for (const adminApiKey of [
      'a key with spaces in it, long',
      'ein-schlüssel-mit-umlauten',
      'line\n'.repeat(6),
    ]) {
      expect(namesOf({ ...VALID, adminApiKey })).toEqual(['adminApiKey']);
    }
  });

  it('accept the public URL and drop its trailing slashes', () => {
    expect(parse({ publicUrl: 'http://localhost:3000//' }).publicUrl).toBe('http://localhost:3000');
  });

  it('accept "never" for the interval of syncs', () => {
    expect(parse({ courseSync: { every: 'never' } }).courseSync.every).toBe('never');
  });

  it.each(['campus.example', '10.0.0.1', '10.0.0.1:8080', 'fd00::1', '[fd00::1]:80'])(
    'accept %s as a private host',
    (host) => expect(namesOf({ ...VALID, platformHttp: { allowedPrivateHosts: [host] } })).toEqual([]),
  );

  it.each(['', 'https://campus.example', 'a b', 'host:port', 'user@host'])(
    'name the entry that is not a private host: "%s"',
    (host) =>
      expect(namesOf({ ...VALID, platformHttp: { allowedPrivateHosts: ['ok', host] } })).toEqual([
        'platformHttp.allowedPrivateHosts.1',
      ]),
  );
});
