import { z } from 'zod';
import { MemoryTokenStore } from '../access-tokens/stores/memory-token-store.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { configurationFaults } from './configuration-faults.js';
import { tokenStoreSchema } from './token-store.schema.js';

function faultsOf(tokenStore: unknown): Record<string, string> {
  const result = z.object({ tokenStore: tokenStoreSchema }).safeParse({ tokenStore });
  if (result.success) return {};
  const { faults } = ConfigurationInvalid.of(configurationFaults(result.error));
  return Object.fromEntries(faults.map(({ name, message }) => [name, message]));
}

const REDIS = { type: 'redis', url: 'rediss://lti:geheim@redis.example.edu:6380/2' } as const;
const NAMES = 'must be "none", "memory", "postgres" or "redis", or an object with such a type or "custom"';
const URL_NEEDED =
  'is needed for the token store "redis": a URL of the form redis://user:password@host:6379/0';
const URL_FORM = 'must be a URL of the form redis://user:password@host:6379/0, or rediss:// for TLS';

describe('the option tokenStore', () => {
  it('is postgres by default', () => {
    expect(tokenStoreSchema.parse(undefined)).toEqual({ type: 'postgres' });
  });

  it.each(['none', 'memory', 'postgres'] as const)('accepts %s by name and as an object', (type) => {
    expect(tokenStoreSchema.parse(type)).toEqual({ type });
    expect(tokenStoreSchema.parse({ type })).toEqual({ type });
  });

  it('accepts a Redis by URL and gives its keys a prefix', () => {
    expect(tokenStoreSchema.parse(REDIS)).toEqual({ ...REDIS, keyPrefix: 'nest-lti' });
    expect(tokenStoreSchema.parse({ ...REDIS, keyPrefix: 'lti:a_b.c-1' })).toMatchObject({
      keyPrefix: 'lti:a_b.c-1',
    });
  });

  it('accepts Sentinels and a cluster by the options of the driver', () => {
    const sentinels = { type: 'redis', options: { sentinels: [{ host: 'a', port: 1 }], name: 'tokens' } };
    expect(tokenStoreSchema.parse(sentinels)).toMatchObject(sentinels);
    const nodes = ['rediss://lti:geheim@a:1', { host: 'b', port: 2 }];
    const cluster = { type: 'redis', cluster: { nodes, options: { scaleReads: 'master' } } };
    expect(tokenStoreSchema.parse(cluster)).toMatchObject(cluster);
  });

  it('accepts a store of the embedder and uses that same object', () => {
    const store = new MemoryTokenStore();
    const parsed = tokenStoreSchema.parse({ type: 'custom', store });
    expect(parsed.type === 'custom' && parsed.store).toBe(store);
  });

  it.each([
    ['another name', 'disk', 'tokenStore', NAMES],
    ['a name that needs more', 'custom', 'tokenStore', NAMES],
    ['no name', 7, 'tokenStore', NAMES],
    ['nothing', null, 'tokenStore', NAMES],
    ['another type', { type: 'disk' }, 'tokenStore.type', NAMES],
    ['no type', {}, 'tokenStore.type', NAMES],
    ['an unknown option', { type: 'memory', ttl: 1 }, 'tokenStore.ttl', 'is not an option of nest-lti'],
    ['a Redis without an address', { type: 'redis' }, 'tokenStore.url', URL_NEEDED],
    ['a Redis by name alone', 'redis', 'tokenStore.url', URL_NEEDED],
    ['a URL of something else', { type: 'redis', url: 'http://host' }, 'tokenStore.url', URL_FORM],
    ['no URL', { type: 'redis', url: 'redis' }, 'tokenStore.url', URL_FORM],
    [
      'a password that is not encoded',
      { type: 'redis', url: 'redis://lti:50%@host' },
      'tokenStore.url',
      'has a user or password with a % in it that is not written as %25',
    ],
    [
      'a prefix that would be a pattern',
      { ...REDIS, keyPrefix: 'lti*' },
      'tokenStore.keyPrefix',
      'must be of letters, digits and the signs _ : . -',
    ],
    [
      'options that are none',
      { ...REDIS, options: [] },
      'tokenStore.options',
      'must be the options of ioredis',
    ],
    [
      'a second prefix',
      { ...REDIS, options: { keyPrefix: 'x:' } },
      'tokenStore.options',
      'must not have a keyPrefix: tokenStore.keyPrefix is the one',
    ],
    [
      'a cluster without nodes',
      { type: 'redis', cluster: { nodes: [] } },
      'tokenStore.cluster.nodes',
      'must have at least one node',
    ],
    [
      'a node without a port',
      { type: 'redis', cluster: { nodes: ['redis://a', { host: 'b' }] } },
      'tokenStore.cluster.nodes.1',
      'must be a URL of the form redis://user:password@host:6379, or an object with host and port',
    ],
    [
      'a store that lacks a method',
      { type: 'custom', store: Object.assign(new MemoryTokenStore(), { extend: undefined }) },
      'tokenStore.store',
      'must be a TokenStore: shared, get, acquire, extend, commit, fail, release, delete, deleteRegistration, list, onChange, close',
    ],
    [
      'a store that does not say whether it is shared',
      { type: 'custom', store: Object.assign(new MemoryTokenStore(), { shared: undefined }) },
      'tokenStore.store',
      expect.stringContaining('must be a TokenStore: shared, '),
    ],
  ])('reports what is wrong and where: %s', (_, store, name, message) => {
    expect(faultsOf(store)).toEqual({ [name]: message });
  });

  it('shows no password in its messages', () => {
    for (const url of ['http://lti:geheim@host', 'redis://lti:geheim%@host', 'lti:geheim@host']) {
      const told = JSON.stringify([
        faultsOf({ type: 'redis', url }),
        faultsOf({ type: 'redis', cluster: { nodes: [url] } }),
      ]);
      expect(told).not.toContain('geheim');
      expect(told).toContain('tokenStore.url');
    }
  });
});
