import { Logger } from '@nestjs/common';
import { stat } from 'node:fs/promises';
import { SystemClock } from '../common/clock.js';
import { LtiMetrics } from '../operations/metrics/lti-metrics.js';
import { TokenMetrics } from '../operations/metrics/token-metrics.js';
import { MemoryTokenStore } from '../token-store/memory-token-store.js';
import { TokenStoreUnavailable } from '../token-store/token-store.errors.js';
import { GuardedTokenStore } from './guarded-token-store.service.js';

/** Longer than a call may take. */
const HELD_UP_MS = 700;

describe('GuardedTokenStore', () => {
  let guarded: GuardedTokenStore;
  beforeEach(() => {
    Logger.overrideLogger(false);
    guarded = new GuardedTokenStore(
      new MemoryTokenStore(),
      new TokenMetrics(new LtiMetrics()),
      new SystemClock(),
    );
  });

  it('gives up on a store that does not answer', async () => {
    const answer = guarded.call('get', () => new Promise<never>(() => undefined));

    await expect(answer).rejects.toThrow(TokenStoreUnavailable);
  });

  it('does not take the store for dead when it is the process that was held up', async () => {
    // The answer comes from outside, as over a connection, and lies there while this process does not look.
    const answer = guarded.call('get', () => stat(process.cwd()));
    const end = performance.now() + HELD_UP_MS;
    while (performance.now() < end);

    await expect(answer).resolves.toBeDefined();
  });
});
