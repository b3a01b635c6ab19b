import { randomUUID } from 'node:crypto';

/** `describe`, for what needs a Redis: skipped where SKIP_REDIS=1 was said, loudly, by jest's globalSetup. */
export const describeWithRedis = process.env.TEST_REDIS_URL === undefined ? describe.skip : describe;

/** The Redis of this test run. It may be somebody's own: use keys of `redisPrefix` only, and never empty it. */
export function testRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined) throw new Error('TEST_REDIS_URL is not set: jest runs without its globalSetup.');
  return url;
}

/** A key prefix that no other test has. */
export function redisPrefix(): string {
  return `test-${randomUUID()}`;
}
