import { FakeClock } from '../../testing/fake-clock.js';
import { GrantPace } from './grant-pace.js';

describe('the pace of a grant', () => {
  let clock: FakeClock;
  let pace: GrantPace;
  beforeEach(() => {
    clock = new FakeClock();
    pace = new GrantPace(clock);
  });

  const waits = async (grant: string): Promise<number> => {
    const startedAt = clock.nowMs();
    const state = { isDone: false };
    const wait = pace.wait(grant).then(() => (state.isDone = true));
    for (;;) {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      if (state.isDone) break;
      clock.advance(10);
    }
    await wait;
    return clock.nowMs() - startedAt;
  };

  it('is free while the platform says nothing, nonsense, or that much is left', async () => {
    for (const remaining of [undefined, '', 'much', '700.0']) {
      pace.note('a', remaining);
      expect(await waits('a')).toBe(0);
    }
  });

  it('is slower the less is left, for this grant alone', async () => {
    pace.note('a', '100');
    pace.note('b', '0');
    expect([await waits('a'), await waits('c')]).toEqual([500, 0]);
    pace.note('b', '0');
    expect(await waits('b')).toBe(1000);
    pace.note('b', '650.5');
    expect(await waits('b')).toBe(0);
  });

  it('lets those who wait go one after the other', async () => {
    pace.note('a', '100');
    const ends: number[] = [];
    const startedAt = clock.nowMs();
    const all = [1, 2, 3].map(() => pace.wait('a').then(() => ends.push(clock.nowMs() - startedAt)));
    for (let step = 0; step < 3; step += 1) {
      clock.advance(500);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    await Promise.all(all);
    expect(ends).toEqual([500, 1000, 1500]);
  });
});
