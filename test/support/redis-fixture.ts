import { randomUUID } from 'node:crypto';

/** `describe` for tests that need a Redis. They are skipped with SKIP_REDIS=1, and jest's globalSetup warns of that. */
export const describeWithRedis = process.env.TEST_REDIS_URL === undefined ? describe.skip : describe;

/** The Redis of this test run. Others may use it too, so use only keys with `redisPrefix`, and never flush it. */
export function testRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined) throw new Error('TEST_REDIS_URL is not set: jest runs without its globalSetup.');
  return url;
}

/** A key prefix that no other test has. */
export function redisPrefix(): string {
  return `test-${randomUUID()}`;
}
