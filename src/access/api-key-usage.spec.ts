import { Logger } from '@nestjs/common';
import { type Repository } from 'typeorm';
import { FakeClock } from '../testing/fake-clock.js';
import { type ApiKey } from './api-key.entity.js';
import { ApiKeyUsage } from './api-key-usage.js';

const KEY = { id: 'k', lastUsedAt: null };

describe('the last use of an API key', () => {
  let clock: FakeClock;
  let query: jest.Mock<Promise<void>, [string, unknown[]]>;
  let usage: ApiKeyUsage;
  beforeEach(() => {
    Logger.overrideLogger(false);
    clock = new FakeClock();
    query = jest.fn<Promise<void>, [string, unknown[]]>(() => Promise.resolve());
    usage = new ApiKeyUsage({ query } as unknown as Repository<ApiKey>, clock);
  });

  it('writes the last use of an API key once a minute, however many requests use the key', () => {
    usage.note(KEY);
    usage.note(KEY);
    clock.advance(59_999);
    usage.note(KEY);
    expect(query).toHaveBeenCalledTimes(1);
    clock.advance(1);
    usage.note(KEY);
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('writes the last use of each API key', () => {
    usage.note(KEY);
    usage.note({ id: 'other', lastUsedAt: null });
    expect(query.mock.calls.map(([, [id]]) => id)).toEqual(['k', 'other']);
  });

  it('does not write the last use of an API key within a minute after another process wrote it', () => {
    const lastUsedAt = clock.now();
    clock.advance(30_000);
    usage.note({ id: 'k', lastUsedAt });
    expect(query).not.toHaveBeenCalled();
  });

  it('answers requests when the last use of an API key cannot be written, and tries again a minute later', async () => {
    query.mockRejectedValue(new Error('gone'));
    usage.note(KEY);
    await new Promise(setImmediate);
    usage.note(KEY);
    clock.advance(60_000);
    usage.note(KEY);
    expect(query).toHaveBeenCalledTimes(2);
    await expect(usage.beforeApplicationShutdown()).resolves.toBeUndefined();
  });

  it('finishes writing the last uses of API keys before the shutdown goes on, and then starts no other write', async () => {
    let finish = (): void => undefined;
    query.mockReturnValue(new Promise<void>((resolve) => (finish = resolve)));
    usage.note(KEY);
    let through = false;
    const shutdown = usage.beforeApplicationShutdown().then(() => (through = true));
    await new Promise(setImmediate);
    expect(through).toBe(false);
    finish();
    await shutdown;
    usage.note({ id: 'other', lastUsedAt: null });
    expect(query).toHaveBeenCalledTimes(1);
  });
});
