import { FakeClock } from '../../testing/fake-clock.js';
import { WaitBudget } from '../../rate-limits/cooldown.js';
import { GrantThrottle } from './grant-throttle.js';

const API = new URL('https://lms.example.edu/api/v1/courses');

describe('the throttle of a grant', () => {
  let clock: FakeClock;
  let throttle: GrantThrottle;
  beforeEach(() => {
    clock = new FakeClock();
    throttle = new GrantThrottle(clock, () => 0);
  });

  const budget = (ms = 30_000) => new WaitBudget(clock, API, ms, undefined, 'refused_for_user');
  const refuse = (grant: string, retryAfter?: Date, sentAtMs = clock.nowMs()): void =>
    throttle.refused(grant, { sentAtMs, receivedAt: clock.now(), retryAfter });

  const waits = async (grant: string): Promise<number> => {
    const startedAt = clock.nowMs();
    const state = { isDone: false };
    const wait = throttle.wait(grant, budget()).then(() => (state.isDone = true));
    for (;;) {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      if (state.isDone) break;
      clock.advance(10);
    }
    await wait;
    return clock.nowMs() - startedAt;
  };

  it('does not wait while the platform gives no number, an invalid one, or a high one', async () => {
    for (const remaining of [undefined, '', 'much', '700.0']) {
      throttle.readRemaining('a', remaining);
      expect(await waits('a')).toBe(0);
    }
  });

  it('waits longer the less of the limit is left, for this grant alone', async () => {
    throttle.readRemaining('a', '100');
    throttle.readRemaining('b', '0');
    expect([await waits('a'), await waits('c')]).toEqual([500, 0]);
    throttle.readRemaining('b', '0');
    expect(await waits('b')).toBe(1000);
    throttle.readRemaining('b', '650.5');
    expect(await waits('b')).toBe(0);
  });

  it('sends waiting calls one by one', async () => {
    throttle.readRemaining('a', '100');
    const ends: number[] = [];
    const startedAt = clock.nowMs();
    const all = [1, 2, 3].map(() =>
      throttle.wait('a', budget()).then(() => ends.push(clock.nowMs() - startedAt)),
    );
    for (let step = 0; step < 3; step += 1) {
      clock.advance(500);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    await Promise.all(all);
    expect(ends).toEqual([500, 1000, 1500]);
  });

  it('has a cooldown after a refusal, for this grant alone, and a longer one after the next refusal', async () => {
    refuse('a');
    expect([await waits('b'), await waits('a')]).toEqual([0, 1000]);
    refuse('a');
    expect(await waits('a')).toBe(2000);
    throttle.accepted('a');
    refuse('a');
    expect(await waits('a')).toBe(1000);
  });

  it('has a cooldown until the time that the platform gives', async () => {
    refuse('a', new Date(clock.nowMs() + 20_000));
    expect(await waits('a')).toBe(20_000);
  });

  it('counts the refusals of calls that were sent together once, and ignores the answer to an older call', async () => {
    const sentAtMs = clock.nowMs();
    refuse('a', undefined, sentAtMs);
    refuse('a', undefined, sentAtMs);
    throttle.accepted('a');
    expect(await waits('a')).toBe(1000);
  });

  it('fails at once if the wait is longer than the budget, and delays no other call by it', async () => {
    const retryAt = new Date(clock.nowMs() + 31_000);
    refuse('a', retryAt);
    await expect(throttle.wait('a', budget())).rejects.toMatchObject({
      code: 'platform_throttled',
      status: 503,
      reason: 'refused_for_user',
      retryAt,
    });
    throttle.readRemaining('b', '0');
    await expect(throttle.wait('b', budget(999))).rejects.toMatchObject({
      retryAt: new Date(clock.nowMs() + 1000),
    });
    expect(await waits('b')).toBe(1000);
  });
});
