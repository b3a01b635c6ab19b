import { createHash } from 'node:crypto';
import { type Cluster, type Redis, type RedisValue } from 'ioredis';

/** A Lua script, which Redis runs as one step. It is sent once to each server, then called by its hash. */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis | Cluster, keys: readonly string[], args: readonly RedisValue[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      // A server that was restarted, or took over, has not seen it.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.lua, keys.length, ...keys, ...args);
    }
  }
}
