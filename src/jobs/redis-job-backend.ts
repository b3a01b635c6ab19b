import { Logger } from '@nestjs/common';
import { type BackendFactory, createRedisBackend, type IQueueBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { Unavailable } from '../common/reactions.errors.js';
import { type LtiConfig } from '../config/lti-config.js';
import { type JobBackend } from './job-backend.js';

export type RedisJobSettings = Extract<LtiConfig['jobs'], { backend: 'redis' }>;

const FIRST_CONNECTION_MS = 10_000;
const COMMAND_TIMEOUT_MS = 5000;
const MAX_RECONNECT_MS = 2000;

const COMMON = {
  connectionName: 'nest-lti-jobs',
  connectTimeout: 5000,
  keepAlive: 10_000,
  lazyConnect: true,
} satisfies RedisOptions;

/**
 * Jobs in Redis. Syncs, scores, notices and events have rows in Postgres, from which each tick adds the jobs again that Redis has lost.
 */
export class RedisJobBackend implements JobBackend {
  private readonly logger = new Logger('JobQueues');
  /** A request that adds a job must not wait for a Redis that is down. */
  private readonly forQueues: Redis;
  /** Workers wait until Redis is back. The engine duplicates it for each worker's blocking command. */
  private readonly forWorkers: Redis;
  private readonly prefix: string;
  private readonly address: string;

  constructor({ url, options, keyPrefix }: RedisJobSettings) {
    const retryStrategy = (attempt: number): number =>
      Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(attempt, 10));
    const settings = { ...COMMON, ...options, lazyConnect: true, retryStrategy };
    const open = (more: RedisOptions): Redis =>
      url === undefined ? new Redis({ ...settings, ...more }) : new Redis(url, { ...settings, ...more });
    this.forQueues = open({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    this.forWorkers = open({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    // A hash tag: in a cluster, all keys of a queue have to be in one slot.
    this.prefix = `{${keyPrefix}}`;
    this.address = `${this.forQueues.options.host ?? 'localhost'}:${this.forQueues.options.port ?? 6379}`;
    // The queues and workers log them; without a listener the driver writes to the console.
    for (const client of [this.forQueues, this.forWorkers]) client.on('error', () => undefined);
  }

  readonly create: BackendFactory<IQueueBackend, object> = (name, options, roles) => {
    const connection = roles?.withBlockingConnection === true ? this.forWorkers : this.forQueues;
    return createRedisBackend(name, { ...options, connection, ...{ prefix: this.prefix } }, roles);
  };

  /** @throws {Unavailable} `redis_unavailable` */
  async open(): Promise<void> {
    try {
      const connected = Promise.all([this.forQueues.connect(), this.forWorkers.connect()]);
      if ((await answerWithin(FIRST_CONNECTION_MS, connected)) === LATE) throw new Error('no answer in time');
      await this.warnOfEviction();
    } catch (cause) {
      this.disconnect();
      throw this.unavailable(cause);
    }
  }

  unavailable(cause: unknown): Error {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    return new Unavailable({
      code: 'redis_unavailable',
      message: `Redis at ${this.address}, which jobs.backend (JOBS_BACKEND) names for the jobs, cannot be reached (${reason}). Check that it runs, and its URL.`,
      cause,
    });
  }

  end(): Promise<void> {
    this.disconnect();
    return Promise.resolve();
  }

  private disconnect(): void {
    this.forQueues.disconnect();
    this.forWorkers.disconnect();
  }

  private async warnOfEviction(): Promise<void> {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await this.forQueues.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction') return;
    this.logger.warn(
      `Redis at ${this.address} has maxmemory-policy ${policy}: when its memory is full it drops jobs, which then wait for the next tick. Set it to noeviction.`,
    );
  }
}
