import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { type LtiConfig } from '../../../config/lti-config.js';

const FIRST_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 2000;

/** The settings of the Redis token store. */
export type RedisSettings = Extract<LtiConfig['tokenStore'], { type: 'redis' }>;

export interface RedisConnection {
  client: Redis | Cluster;
  /** Host and port for logs, without user and password. */
  address: string;
}

/** Defaults that an embedder may override. */
const DEFAULTS = {
  connectionName: 'nest-lti',
  connectTimeout: 2000,
  // Longer than the time-out of the callers, so that a lease in a late answer can still be released.
  commandTimeout: 2000,
  // A connection without any answer is dead, even if it seems open.
  socketTimeout: 5000,
  keepAlive: 10_000,
} satisfies RedisOptions;

/** Settings that the store needs: a command fails at once while there is no connection, and is not sent twice. */
const RELIED_ON = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  readOnly: false,
  stringNumbers: false,
  replyMapping: 'legacy',
  // After a fail-over behind the same name, the old connection leads to a replica.
  reconnectOnError: (error: Error) => error.message.includes('READONLY'),
} satisfies RedisOptions;

/** A client that is not connected yet. After `connect()` it reconnects without end. */
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
    // Fewer than the driver's default, because callers do not wait until a cluster has recovered.
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

/** The login in the URL of a node. The driver would not use it for the nodes that it discovers. */
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

/** The back-off before the nth attempt in a row, from 1 on. Jittered, so that processes do not reconnect together. */
export function reconnectDelayMs(attempt: number): number {
  const base = Math.min(MAX_RECONNECT_MS, FIRST_RECONNECT_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.5 + Math.random() / 2));
}
