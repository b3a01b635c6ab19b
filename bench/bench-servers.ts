import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/server/embedded-postgres/embedded-postgres.js';
import { openDirectory } from '../test/support/open-directory.js';
import { RedisServer } from '../test/support/redis-server.js';

/** A PostgreSQL and a Redis for the bench, both on this machine. */
export interface BenchServers {
  databaseUrl: string;
  redisUrl: string;
  stop(): Promise<void>;
}

export async function startServers(): Promise<BenchServers> {
  const directory = await openDirectory('nest-lti-bench-');
  const postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
  const redis = await RedisServer.start();
  return {
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    stop: async () => {
      await redis.stop();
      await postgres.stop();
      for (const path of [postgres.directory, directory]) await rm(path, { recursive: true, force: true });
    },
  };
}
