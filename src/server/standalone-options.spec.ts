import { ConfigurationInvalid } from 'nest-lti';
import { parseLtiConfig } from 'nest-lti/internal';
import { type Environment } from './environment.schema.js';
import { loadEnvironment } from './load-environment.js';
import { type EmbeddedDefaults, standaloneOptions } from './standalone-options.js';

const KEYS = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const EMBEDDED: EmbeddedDefaults = { databaseUrl: 'postgres://own', encryptionKeys: KEYS };

function faultNames(environment: Environment, embedded?: EmbeddedDefaults): string[] {
  try {
    standaloneOptions(environment, embedded);
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid)) throw error;
    return error.faults.map(({ name }) => name);
  }
  return [];
}

describe('the options of the standalone service', () => {
  it('are read from the environment', () => {
    const options = standaloneOptions(
      loadEnvironment({
        PUBLIC_URL: 'https://tool.example.edu',
        DATABASE_URL: 'postgres://pooled/lti',
        DATABASE_DIRECT_URL: 'postgres://direct/lti',
        TOKEN_STORE: 'none',
        ENCRYPTION_KEYS: KEYS,
        ADMIN_API_KEY: 'a-key-of-enough-characters',
        ALLOW_PRIVATE_NETWORKS: '1',
        ALLOWED_PRIVATE_HOSTS: 'campus.example',
        SYNC_EVERY: '2h',
        PASSBACK_CONCURRENCY: '0',
        PASSBACK_KEEP_FOR: '7d',
        SYNC_RUNS_KEEP_FOR: '10d',
        LAUNCH_SESSIONS_KEEP_FOR: '2h',
        NOTICES_KEEP_FOR: '3d',
        EVENTS_KEEP_FOR: '4d',
        REJECTED_SCORES_KEEP_FOR: '60d',
        PLATFORM_CONCURRENCY: '6',
        PLATFORM_REQUESTS_PER_SECOND: '2.5',
      }),
    );
    expect(parseLtiConfig(options)).toMatchObject({
      publicUrl: 'https://tool.example.edu',
      database: { url: 'postgres://pooled/lti', directUrl: 'postgres://direct/lti' },
      tokenStore: { type: 'none' },
      adminApiKey: 'a-key-of-enough-characters',
      courseSync: { every: 7_200_000 },
      gradePassback: { concurrency: 0, keepFor: 7 * 86_400_000 },
      retention: {
        syncRuns: 10 * 86_400_000,
        launchSessions: 7_200_000,
        notices: 3 * 86_400_000,
        events: 4 * 86_400_000,
        rejectedScores: 60 * 86_400_000,
      },
      platformHttp: {
        allowPrivateNetworks: true,
        allowedPrivateHosts: ['campus.example'],
        concurrencyPerPlatform: 6,
        requestsPerSecond: 2.5,
      },
    });
  });

  it('store tokens in memory beside the embedded database, else in the database, unless another store is named', () => {
    const own = { PUBLIC_URL: 'https://tool.example.edu', ENCRYPTION_KEYS: KEYS };
    const given = { ...own, DATABASE_URL: 'postgres://db/lti' };
    const REDIS_URL = 'redis://redis.example.edu';
    const storeOf = (variables: Record<string, string>, embedded?: EmbeddedDefaults) =>
      parseLtiConfig(standaloneOptions(loadEnvironment(variables), embedded)).tokenStore;
    expect(storeOf(own, EMBEDDED)).toEqual({ type: 'memory' });
    expect(storeOf({ ...own, REDIS_URL }, EMBEDDED)).toEqual({ type: 'memory' });
    expect(storeOf({ ...own, TOKEN_STORE: 'postgres' }, EMBEDDED)).toEqual({ type: 'postgres' });
    expect(storeOf(given)).toEqual({ type: 'postgres' });
    expect(storeOf({ ...given, TOKEN_STORE: 'memory' })).toEqual({ type: 'memory' });
    expect(storeOf({ ...given, TOKEN_STORE: 'redis', REDIS_URL })).toMatchObject({
      type: 'redis',
      url: REDIS_URL,
    });
  });

  it('are generated when the service starts its own database', () => {
    expect(standaloneOptions(loadEnvironment({ PORT: '8080' }), EMBEDDED)).toMatchObject({
      publicUrl: 'http://localhost:8080',
      database: { url: 'postgres://own' },
      encryptionKeys: KEYS,
    });
  });

  it('are not generated when a database is given', () => {
    const environment = { ...loadEnvironment({}), DATABASE_URL: 'postgres://db/lti' };
    expect(faultNames(environment)).toEqual(['PUBLIC_URL', 'ENCRYPTION_KEYS']);
  });

  it('are refused with the names of the missing and the wrong variables', () => {
    const environment = { ...loadEnvironment({}), DATABASE_URL: 'mysql://db', SYNC_EVERY: 'often' };
    expect(faultNames(environment)).toEqual(['PUBLIC_URL', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'SYNC_EVERY']);
    expect(faultNames({ ...loadEnvironment({}), TOKEN_STORE: 'redis' }, EMBEDDED)).toEqual(['REDIS_URL']);
  });
});
