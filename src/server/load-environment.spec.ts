import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationInvalid } from 'nest-lti';
import { loadEnvironment } from './load-environment.js';

function faultsOf(variables: Record<string, string>): Record<string, string> {
  try {
    loadEnvironment(variables);
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid)) throw error;
    return Object.fromEntries(error.faults.map(({ name, message }) => [name, message]));
  }
  return {};
}

describe('the environment', () => {
  let directory: string;
  beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'nest-lti-environment-'))));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const file = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };

  it('needs no variable', () => {
    expect(loadEnvironment({})).toEqual({
      PORT: 3000,
      HOST: '0.0.0.0',
      DATA_DIR: './data',
      JOBS_BACKEND: 'postgres',
      WORKER: 'on',
      ALLOW_PRIVATE_NETWORKS: false,
      ALLOWED_PRIVATE_HOSTS: [],
      OPEN_REGISTRATION: false,
      TOOL_URLS: [],
      LOG_LEVEL: 'info',
    });
  });

  it('treats an empty variable as not set', () => {
    const empty = { PORT: '', HOST: '', TOKEN_STORE: '', DATABASE_URL: '', TRUST_PROXY: '', PORT_FILE: '' };
    expect(loadEnvironment(empty)).toEqual(loadEnvironment({}));
  });

  it('reads lists, flags and numbers', () => {
    const read = loadEnvironment({
      PORT: '8080',
      ALLOW_PRIVATE_NETWORKS: 'true',
      ALLOWED_PRIVATE_HOSTS: 'campus.example, 10.0.0.1:8080,',
      TRUST_PROXY: '1',
    });
    expect(read).toMatchObject({
      PORT: 8080,
      ALLOW_PRIVATE_NETWORKS: true,
      ALLOWED_PRIVATE_HOSTS: ['campus.example', '10.0.0.1:8080'],
      TRUST_PROXY: 1,
    });
    expect(loadEnvironment({ TRUST_PROXY: 'loopback, 10.0.0.0/8' }).TRUST_PROXY).toEqual([
      'loopback',
      '10.0.0.0/8',
    ]);
  });

  it.each(['off', 'only'])('does not accept WORKER=%s without DATABASE_URL', (WORKER) => {
    expect(faultsOf({ WORKER })).toEqual({
      WORKER: `is ${WORKER}, which needs DATABASE_URL: the database that the service starts itself is for one process`,
    });
  });

  it('lists every fault at once, each under its name', () => {
    expect(
      faultsOf({
        PORT: 'http',
        TOKEN_STORE: 'disk',
        JOBS_BACKEND: 'kafka',
        WORKER: 'yes',
        ALLOW_PRIVATE_NETWORKS: 'yes',
        LOG_LEVEL: 'loud',
        HOST_FILE: join(directory, 'absent'),
      }),
    ).toEqual({
      PORT: 'must be a port number',
      TOKEN_STORE: 'must be none, memory, postgres or redis',
      JOBS_BACKEND: 'must be postgres or redis',
      WORKER: 'must be on, off or only',
      ALLOW_PRIVATE_NETWORKS: 'must be true or false',
      LOG_LEVEL: 'must be fatal, error, warn, info, debug, trace or silent',
      HOST_FILE: 'names a file that cannot be read (ENOENT)',
    });
  });

  it('lists faults of module options together with its own', () => {
    const faults = faultsOf({
      PORT: 'http',
      PUBLIC_URL: 'tool',
      DATABASE_URL: 'mysql://db',
      DATABASE_DIRECT_URL: 'db',
      ENCRYPTION_KEYS: 'a',
      ADMIN_API_KEY: 'short',
      SYNC_EVERY: 'often',
      PASSBACK_KEEP_FOR: 'long',
      NOTICES_KEEP_FOR: '1d',
      ALLOWED_PRIVATE_HOSTS: 'fine.example,http://not.example',
    });
    expect(Object.keys(faults)).toEqual([
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'DATABASE_DIRECT_URL',
      'ENCRYPTION_KEYS',
      'ADMIN_API_KEY',
      'SYNC_EVERY',
      'PASSBACK_KEEP_FOR',
      'NOTICES_KEEP_FOR',
      'ALLOWED_PRIVATE_HOSTS',
    ]);
  });

  it('needs the secrets that it would otherwise generate when a database is given', () => {
    expect(faultsOf({ DATABASE_URL: 'postgres://lti:geheim@db/lti' })).toEqual({
      PUBLIC_URL: 'must be the http(s) URL under which browsers reach this app',
      ENCRYPTION_KEYS: 'is missing; make a key with: echo "main:$(openssl rand -base64 32)"',
    });
  });

  it('needs the URL of Redis only when tokens are stored there', () => {
    expect(faultsOf({ TOKEN_STORE: 'redis' })).toEqual({
      REDIS_URL: 'is needed for the token store "redis": a URL of the form redis://user:password@host:6379/0',
    });
    expect(faultsOf({ TOKEN_STORE: 'redis', REDIS_URL: 'https://lti:geheim@host' })).toEqual({
      REDIS_URL: 'must be a URL of the form redis://user:password@host:6379/0, or rediss:// for TLS',
    });
    expect(faultsOf({ TOKEN_STORE: 'redis', REDIS_URL: 'redis://host' })).toEqual({});
    expect(faultsOf({ TOKEN_STORE: 'memory' })).toEqual({});
    const redisFile = { TOKEN_STORE: 'redis', REDIS_URL_FILE: file('redis', 'rediss://lti:geheim@host\n') };
    expect(loadEnvironment(redisFile).REDIS_URL).toBe('rediss://lti:geheim@host');
  });

  it('reports a missing file once', () => {
    const faults = faultsOf({
      DATABASE_URL: 'postgres://db/lti',
      PUBLIC_URL: 'https://tool.example.edu',
      ENCRYPTION_KEYS_FILE: join(directory, 'absent'),
    });
    expect(Object.keys(faults)).toEqual(['ENCRYPTION_KEYS_FILE']);
  });

  it.each(['-1', '65536', '80.5'])('refuses the port %s', (PORT) => {
    expect(Object.keys(faultsOf({ PORT }))).toEqual(['PORT']);
  });

  it('reads a value from the file that the _FILE twin names, without its line end', () => {
    expect(
      loadEnvironment({ ADMIN_API_KEY_FILE: file('key', 'a-key-of-enough-characters\n') }).ADMIN_API_KEY,
    ).toBe('a-key-of-enough-characters');
  });

  it('treats an empty file as a variable that is not set', () => {
    expect(loadEnvironment({ ADMIN_API_KEY_FILE: file('empty', '\n') }).ADMIN_API_KEY).toBeUndefined();
  });

  it('refuses a variable together with its _FILE twin', () => {
    const faults = faultsOf({ ADMIN_API_KEY: 'one', ADMIN_API_KEY_FILE: file('other', 'two') });
    expect(faults).toEqual({ ADMIN_API_KEY: 'is set, and so is ADMIN_API_KEY_FILE: set one of them' });
  });

  it('does not show a secret that stands in place of a file name', () => {
    const faults = faultsOf({ ENCRYPTION_KEYS_FILE: 'a:c2VjcmV0' });
    expect(Object.keys(faults)).toEqual(['ENCRYPTION_KEYS_FILE']);
    expect(JSON.stringify(faults)).not.toContain('c2VjcmV0');
  });

  it.each(['yes', 'true', '10.0.0.0/33', 'proxy.example.edu', '1.2.3.4/8/9', '::1/129', '-1'])(
    'does not accept TRUST_PROXY=%s as proxies',
    (TRUST_PROXY) => {
      expect(faultsOf({ TRUST_PROXY })).toEqual({
        TRUST_PROXY: expect.stringMatching(
          /^must be the number of proxies in front, such as 1, or their addresses/,
        ),
      });
    },
  );

  it.each(['2', 'loopback', '10.0.0.1, fd00::/8', 'uniquelocal,192.0.2.0/24'])(
    'accepts TRUST_PROXY=%s as proxies',
    (TRUST_PROXY) => expect(faultsOf({ TRUST_PROXY })).toEqual({}),
  );

  it('does not fail because of a misspelt variable', () => {
    expect(faultsOf({ TOKEN_STROE: 'none' })).toEqual({});
  });
});
