import { FakeClock } from '../testing/fake-clock.js';
import { ChangeWatch } from './change-watch.js';

describe('ChangeWatch', () => {
  let clock: FakeClock;
  let watch: ChangeWatch;

  beforeEach(() => {
    clock = new FakeClock();
    watch = new ChangeWatch();
  });

  it('wakes at a change, and leaves no sleeper behind', async () => {
    const next = watch.next(clock, 250);
    watch.tell();
    await next;
    expect(clock.sleeping).toBe(0);
  });

  it('wakes when the time is over', async () => {
    const next = watch.next(clock, 250);
    clock.advance(250);
    await next;
  });

  it('remembers a change that came while nobody waited, once', async () => {
    watch.tell();
    watch.tell();
    await watch.next(clock, 250);
    const next = watch.next(clock, 250);
    expect(clock.sleeping).toBe(1);
    clock.advance(250);
    await next;
  });
});
