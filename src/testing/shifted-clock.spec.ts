import { SystemClock } from '../common/clock.js';
import { ShiftedClock } from './shifted-clock.js';

const HOUR_MS = 3600_000;

describe('a clock that a test shifts', () => {
  const system = new SystemClock();

  it('has the time of the machine until it is shifted, and runs on afterwards', () => {
    const clock = new ShiftedClock();
    const offset = () => {
      const before = system.nowMs();
      const shown = clock.nowMs();
      return [shown - system.nowMs(), shown - before] as const;
    };
    const expectOffset = (ms: number) => {
      const [least, most] = offset();
      expect(least).toBeLessThanOrEqual(ms);
      expect(most).toBeGreaterThanOrEqual(ms);
    };
    expectOffset(0);
    clock.advance(HOUR_MS);
    expectOffset(HOUR_MS);
    clock.advance(-2 * HOUR_MS);
    expectOffset(-HOUR_MS);
    expect(clock.now().getTime()).toBeLessThanOrEqual(clock.nowMs());
  });

  it('ends the sleeps that a shift has passed, and no other', async () => {
    const clock = new ShiftedClock();
    const ended: string[] = [];
    const longer = new AbortController();
    const passed = clock.sleep(HOUR_MS).then(() => ended.push('an hour'));
    const other = clock.sleep(3 * HOUR_MS, longer.signal).then(() => ended.push('three hours'));
    clock.advance(2 * HOUR_MS);
    await passed;
    expect(ended).toEqual(['an hour']);
    longer.abort(new Error('enough'));
    await expect(other).rejects.toThrow('enough');
  });

  it('ends a sleep by itself when its time is over', async () => {
    await expect(new ShiftedClock().sleep(1)).resolves.toBeUndefined();
  });
});
