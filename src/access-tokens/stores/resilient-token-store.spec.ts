import { Logger } from '@nestjs/common';
import { stat } from 'node:fs/promises';
import { SystemClock } from '../../common/clock.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { LtiMetrics } from '../../metrics/lti-metrics.js';
import { TokenMetrics } from '../../metrics/token-metrics.js';
import { MemoryTokenStore } from './memory-token-store.js';
import { TokenStoreUnavailable } from '../access-token.errors.js';
import { CircuitBreaker, ResilientTokenStore } from './resilient-token-store.js';

/** Longer than a call may take. */
const HELD_UP_MS = 700;

describe('ResilientTokenStore', () => {
  let guarded: ResilientTokenStore;
  let metrics: LtiMetrics;
  beforeEach(() => {
    Logger.overrideLogger(false);
    guarded = new ResilientTokenStore(
      new MemoryTokenStore(),
      new TokenMetrics((metrics = new LtiMetrics())),
      new SystemClock(),
    );
  });

  async function upAndOutages(): Promise<(string | undefined)[]> {
    const text = await metrics.registry.metrics();
    return [
      /^nest_lti_token_store_up (\d)/m,
      /^nest_lti_token_store_outages_total\{operation="get"\} (\d+)/m,
    ].map((line) => line.exec(text)?.[1]);
  }

  it('gives up on a store that does not answer', async () => {
    const answer = guarded.call('get', () => new Promise<never>(() => undefined));

    await expect(answer).rejects.toThrow(TokenStoreUnavailable);
  });

  it('does not treat the store as down when the process itself was delayed', async () => {
    // The answer comes from outside, as over a connection, and lies there while this process does not look.
    const answer = guarded.call('get', () => stat(process.cwd()));
    const end = performance.now() + HELD_UP_MS;
    while (performance.now() < end);

    await expect(answer).resolves.toBeDefined();
  });

  it('logs the start and the end of an outage once each, without any text from the store', async () => {
    const lines: unknown[] = [];
    const keep = (line: unknown): unknown => lines.push(line);
    Logger.overrideLogger({ log: keep, warn: keep, error: keep });
    const refused = Object.assign(new Error('connect redis://user:hunter2@10.0.0.1'), {
      code: 'ECONNREFUSED',
    });
    for (let call = 0; call < 2; call += 1) {
      await expect(guarded.call('get', () => Promise.reject(refused))).rejects.toMatchObject({
        message: 'The token store is not available (Error ECONNREFUSED).',
        cause: refused,
      });
    }
    expect(await upAndOutages()).toEqual(['0', '2']);
    await guarded.call('get', () => Promise.resolve());
    expect(await upAndOutages()).toEqual(['1', '2']);
    expect(lines).toEqual([
      expect.stringContaining('(Error ECONNREFUSED). Until it is back'),
      'The token store answers again.',
    ]);
  });

  it.each([
    ['no error at all', 'redis://user:hunter2@10.0.0.1'],
    ['a code in words', Object.assign(new Error('hunter2'), { code: 'hunter2' })],
    ['one that is thrown at once', new TypeError('hunter2')],
  ])('treats %s as an outage and repeats none of its text', async (_, thrown) => {
    const answer = guarded.call('get', () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- a store of somebody else may
      throw thrown;
    });
    await expect(answer).rejects.toThrow(TokenStoreUnavailable);
    await expect(answer).rejects.not.toThrow(/hunter2/);
  });

  it('stops calling the store after three failures', async () => {
    const down = (): Promise<never> => Promise.reject(new Error());
    for (let call = 0; call < 3; call += 1) await guarded.call('get', down).catch(() => undefined);
    const ask = jest.fn(down);
    await expect(guarded.call('get', ask)).rejects.toThrow(TokenStoreUnavailable);
    expect(ask).not.toHaveBeenCalled();
    // What nobody asked has not failed.
    expect(await upAndOutages()).toEqual(['0', '3']);
  });
});

describe('CircuitBreaker', () => {
  let clock: FakeClock;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    clock = new FakeClock();
    breaker = new CircuitBreaker(clock);
  });

  const fail = (times: number): void => {
    for (let nth = 0; nth < times; nth += 1) breaker.failed();
  };

  it('opens after three failures in a row, and not before', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.allows()).toBe(true);
    fail(1);
    expect(breaker.allows()).toBe(false);
  });

  it('lets one call through after a second, and all calls when that one succeeded', () => {
    fail(3);
    clock.advance(999);
    expect(breaker.allows()).toBe(false);
    clock.advance(1);
    expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
  });

  it('doubles the wait after each failed trial call, up to 15 s', () => {
    fail(3);
    for (const seconds of [1, 2, 4, 8, 15, 15]) {
      clock.advance(seconds * 1000 - 1);
      expect(breaker.allows()).toBe(false);
      clock.advance(1);
      expect(breaker.allows()).toBe(true);
      breaker.failed();
    }
  });

  it('starts with a second again after a success', () => {
    fail(3);
    clock.advance(1000);
    breaker.allows();
    breaker.failed();
    breaker.succeeded();
    fail(3);
    clock.advance(1000);
    expect(breaker.allows()).toBe(true);
  });

  it('does not wait longer for the calls that were in flight when it opened', () => {
    fail(50);
    clock.advance(1000);
    expect(breaker.allows()).toBe(true);
  });

  it('does not wait for a clock that was set back to catch up', () => {
    fail(3);
    clock.advance(-3_600_000);
    expect(breaker.allows()).toBe(true);
  });
});
