import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { type LtiConfig } from '../../../config/lti-config.js';
import { reconnectDelayMs } from './reconnect-delay.js';

/** The settings of the Redis token store. */
export type RedisSettings = Extract<LtiConfig['tokenStore'], { type: 'redis' }>;

export interface RedisConnection {
  client: Redis | Cluster;
  /** Where it goes, for people: never with user or password. */
  address: string;
}

/** What an embedder may set otherwise. */
const DEFAULTS = {
  connectionName: 'nest-lti',
  connectTimeout: 2000,
  // Beyond the patience of those who ask: a late answer, such as a lease that nobody waits for, can still be dealt with.
  commandTimeout: 2000,
  // A connection on which nothing is answered is dead, though it may not know it.
  socketTimeout: 5000,
  keepAlive: 10_000,
} satisfies RedisOptions;

/** What the store relies on: a command fails at once while there is no connection, and none is sent twice. */
const RELIED_ON = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  readOnly: false,
  stringNumbers: false,
  replyMapping: 'legacy',
  // After a fail-over behind an unchanged name the old connection leads to a replica.
  reconnectOnError: (error: Error) => error.message.includes('READONLY'),
} satisfies RedisOptions;

/** A client that is not connected yet, and never gives up once it is told to connect. */
export function openRedis({ url, options, cluster }: RedisSettings): RedisConnection {
  if (cluster !== undefined) return openCluster(cluster.nodes, cluster.options, options);
  const settled = { ...DEFAULTS, ...options, ...RELIED_ON, retryStrategy: reconnectDelayMs };
  const client = url === undefined ? new Redis(settled) : new Redis(url, settled);
  return { client, address: addressOf(client.options) };
}

type ClusterNodes = NonNullable<RedisSettings['cluster']>['nodes'];

function openCluster(
  nodes: ClusterNodes,
  options: ClusterOptions = {},
  redisOptions: RedisOptions = {},
): RedisConnection {
  const { lazyConnect: _, enableOfflineQueue: __, ...reliedOn } = RELIED_ON;
  const client = new Cluster(nodes, {
    // Fewer than the driver's own: a caller does not wait for a cluster to heal.
    maxRedirections: 5,
    slotsRefreshTimeout: 1000,
    ...options,
    redisOptions: {
      ...DEFAULTS,
      ...loginOf(nodes),
      ...redisOptions,
      ...options.redisOptions,
      ...reliedOn,
    },
    lazyConnect: true,
    enableOfflineQueue: false,
    scaleReads: 'master',
    clusterRetryStrategy: reconnectDelayMs,
  });
  return { client, address: nodes.map(nodeAddress).join(', ') };
}

/** The driver would use it for the named nodes alone, and not for those that these tell of. */
function loginOf(nodes: ClusterNodes): RedisOptions {
  const url = nodes.find((node) => typeof node === 'string');
  if (url === undefined) return {};
  const { username, password, protocol } = new URL(url);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

function addressOf(options: RedisOptions): string {
  if (options.sentinels) return `the master ${options.name ?? ''} of the Sentinels`;
  return options.path ?? `${options.host ?? 'localhost'}:${options.port ?? 6379}`;
}

function nodeAddress(node: ClusterNodes[number]): string {
  if (typeof node !== 'string') return `${node.host}:${node.port}`;
  const { hostname, port } = new URL(node);
  return `${hostname}:${port || '6379'}`;
}
