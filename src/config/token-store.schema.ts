import { z } from 'zod';
import { type TokenStore } from '../access-tokens/stores/token-store.js';

const NAMES = 'must be "none", "memory", "postgres" or "redis", or an object with such a type or "custom"';

/** All methods of TokenStore: a store that lacks one would fail at the first call that needs it. */
const STORE_METHODS = [
  'get',
  'acquire',
  'extend',
  'commit',
  'fail',
  'release',
  'delete',
  'deleteRegistration',
  'list',
  'onChange',
  'close',
] as const satisfies readonly (keyof TokenStore)[];

export const redisUrl = z
  .url({
    protocol: /^rediss?$/,
    hostname: /.*/,
    error: 'must be a URL of the form redis://user:password@host:6379/0, or rediss:// for TLS',
  })
  .refine(hasReadableLogin, 'has a user or password with a % in it that is not written as %25');

const nodeSchema = z.union(
  [redisUrl, z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) })],
  { error: 'must be a URL of the form redis://user:password@host:6379, or an object with host and port' },
);

/** ioredis adds its keyPrefix to keys only, not to the key names that the Lua scripts build. */
const OTHER_PREFIX = 'must not have a keyPrefix: tokenStore.keyPrefix is the one';

const redisSchema = z
  .strictObject({
    type: z.literal('redis'),
    url: redisUrl.optional(),
    /** ioredis' own `RedisOptions` (its types are not named here, because a host may not have installed it): `tls`, `sentinels` with `name`, `username` ... on top of the URL, or instead of it. */
    options: z
      .custom<object>(isObject, 'must be the options of ioredis')
      .refine(hasNoPrefix, OTHER_PREFIX)
      .optional(),
    /** The first nodes of a Redis Cluster, instead of a URL. */
    cluster: z
      .strictObject({
        nodes: z
          .array(nodeSchema, { error: 'must be a list of nodes' })
          .min(1, 'must have at least one node')
          .max(100),
        options: z
          .custom<object>(isObject, 'must be the cluster options of ioredis')
          .refine(hasNoPrefix, OTHER_PREFIX)
          .optional(),
      })
      .optional(),
    /** In front of every key and channel. Default: `nest-lti`. */
    keyPrefix: z
      .string()
      .regex(/^[\w:.-]{1,64}$/, 'must be of letters, digits and the signs _ : . -')
      .default('nest-lti'),
  })
  .refine(
    ({ url, options, cluster }) => url !== undefined || options !== undefined || cluster !== undefined,
    {
      path: ['url'],
      error: 'is needed for the token store "redis": a URL of the form redis://user:password@host:6379/0',
    },
  );

const customSchema = z.strictObject({
  type: z.literal('custom'),
  /** Your own store, which you close yourself. Check it with the contract suites of `nest-lti/testing`. */
  store: z.custom<TokenStore>(isTokenStore, `must be a TokenStore: shared, ${STORE_METHODS.join(', ')}`),
});

const simpleType = z.enum(['none', 'memory', 'postgres']);

const byType = z.discriminatedUnion(
  'type',
  [z.strictObject({ type: simpleType }), redisSchema, customSchema],
  { error: NAMES },
);

/**
 * Where access tokens are kept. Default: `postgres`, the database that every process of the tool has already.
 *
 * A name alone becomes an object first: a union of the two would not tell which part of the object is wrong.
 */
export const tokenStoreSchema = z
  .custom<z.output<typeof simpleType> | z.input<typeof byType>>(isNameOrObject, NAMES)
  .transform((store) => (typeof store === 'string' ? { type: store } : store))
  .pipe(byType)
  .default({ type: 'postgres' });

function isNameOrObject(value: unknown): boolean {
  return isObject(value) || value === 'redis' || simpleType.safeParse(value).success;
}

/** True for a text that is not a URL: another check reports that. */
function hasReadableLogin(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function hasNoPrefix(options: unknown): boolean {
  return !isObject(options) || !('keyPrefix' in (options as object));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTokenStore(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const store = value as Partial<Record<keyof TokenStore, unknown>>;
  return (
    typeof store.shared === 'boolean' && STORE_METHODS.every((name) => typeof store[name] === 'function')
  );
}
