import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, RedisServer } from './redis-server.js';

/** A master, its replica, and the Sentinel that watches them. */
export class RedisSentinelServers {
  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinel: RedisServer,
    private readonly directory: string,
  ) {}

  static async start(): Promise<RedisSentinelServers> {
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-sentinel-'));
    const port = await freePort();
    const configuration = join(directory, 'sentinel.conf');
    // A Sentinel reads its configuration only from a file, and writes to it.
    await writeFile(
      configuration,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${directory}`,
        `sentinel monitor tokens 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds tokens 500',
        'sentinel failover-timeout tokens 5000',
      ].join('\n'),
    );
    const sentinel = await RedisServer.start({ port, sentinelConfiguration: configuration });
    return new RedisSentinelServers(master, replica, sentinel, directory);
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel, this.master, this.replica].map((server) => server.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }
}
