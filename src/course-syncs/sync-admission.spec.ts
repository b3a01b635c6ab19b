import { FakeClock } from '../testing/fake-clock.js';
import { type DelayedJob, NEXT_AFTER_MS, SHORTEST_DELAY_MS, SyncAdmission } from './sync-admission.js';

const CONCURRENCY = 4;
const ONE = 'registration 1';
const OTHER = 'registration 2';

describe('SyncAdmission', () => {
  let clock: FakeClock;
  let admission: SyncAdmission;
  let promoted: string[];

  beforeEach(() => {
    clock = new FakeClock();
    admission = new SyncAdmission(CONCURRENCY, () => clock.nowMs());
    promoted = [];
  });

  function delay(id: string, priority = 1): void {
    const promote = (): Promise<void> => {
      promoted.push(id);
      return Promise.resolve();
    };
    admission.delay(ONE, { id, priority, promote } satisfies DelayedJob);
  }

  function fill(): void {
    for (let nth = 0; nth < CONCURRENCY; nth += 1) admission.start(ONE);
  }

  it('gives a registration as many runs as there are slots, and others are not affected', () => {
    fill();
    expect(admission.refusal(ONE)?.reason).toContain('4 other runs wait');
    expect(admission.refusal(OTHER)).toBeUndefined();
  });

  it('starts the next delayed run when one ends: the one with the lowest priority number, and one for each place', () => {
    fill();
    delay('scheduled', 7);
    delay('requested', 1);
    expect(promoted).toEqual([]);
    admission.end(ONE);
    expect(promoted).toEqual(['requested']);
  });

  describe('when other processes take the runs that it starts', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it('starts the next one after a short time, until the registration is full or none is delayed', () => {
      fill();
      for (const id of ['a', 'b', 'c', 'd', 'e']) delay(id);
      admission.end(ONE);
      expect(promoted).toEqual(['a']);
      jest.advanceTimersByTime(NEXT_AFTER_MS - 1);
      expect(promoted).toEqual(['a']);
      jest.advanceTimersByTime(1);
      expect(promoted).toEqual(['a', 'b']);
      admission.start(ONE);
      jest.advanceTimersByTime(10 * NEXT_AFTER_MS);
      expect(promoted).toEqual(['a', 'b']);
      admission.end(ONE);
      jest.advanceTimersByTime(NEXT_AFTER_MS);
      expect(promoted).toEqual(['a', 'b', 'c', 'd']);
      jest.advanceTimersByTime(NEXT_AFTER_MS);
      expect(promoted).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('starts none while the platform throttles', () => {
      fill();
      for (const id of ['a', 'b']) delay(id);
      admission.end(ONE);
      admission.throttled(ONE, new Date(clock.nowMs() + 30_000));
      jest.advanceTimersByTime(10 * NEXT_AFTER_MS);
      expect(promoted).toEqual(['a']);
    });
  });

  it('starts a delayed run at once if a run has ended while it was delayed', () => {
    fill();
    admission.end(ONE);
    delay('late');
    expect(promoted).toEqual(['late']);
  });

  it('gives a registration one run at a time after a time-out, until the platform answers', () => {
    fill();
    for (const id of ['a', 'b', 'c', 'd', 'e']) delay(id);
    admission.timedOut(ONE);
    for (let nth = 0; nth < CONCURRENCY; nth += 1) admission.end(ONE);
    expect(promoted).toEqual(['a']);
    admission.start(ONE);
    expect(admission.refusal(ONE)?.reason).toContain('did not answer in time');
    admission.answered(ONE);
    expect(promoted).toEqual(['a', 'b', 'c', 'd']);
    expect(admission.refusal(ONE)).toBeUndefined();
  });

  it('does not start a run that is not delayed any more', () => {
    fill();
    delay('came back');
    delay('delayed');
    admission.taken(ONE, 'came back');
    admission.end(ONE);
    admission.end(ONE);
    expect(promoted).toEqual(['delayed']);
  });

  it('remembers a time-out after the last run, until the platform answers', () => {
    admission.start(ONE);
    admission.timedOut(ONE);
    admission.end(ONE);
    admission.start(ONE);
    expect(admission.refusal(ONE)?.reason).toContain('did not answer in time');
    admission.answered(ONE);
    expect(admission.refusal(ONE)).toBeUndefined();
  });

  it('keeps nothing about a registration without runs whose platform answers', () => {
    fill();
    for (let nth = 0; nth < CONCURRENCY; nth += 1) admission.end(ONE);
    expect(Reflect.get(admission, 'platforms')).toEqual(new Map());
  });

  it('delays runs of a full registration to different times', () => {
    fill();
    const untils = [1, 2, 3].map(() => admission.refusal(ONE)?.until.getTime() ?? 0);
    expect(new Set(untils).size).toBe(3);
    expect(Math.min(...untils)).toBeGreaterThanOrEqual(clock.nowMs() + SHORTEST_DELAY_MS);
    expect(Math.max(...untils)).toBeLessThanOrEqual(clock.nowMs() + 2 * SHORTEST_DELAY_MS);
  });

  it('continues when the job engine cannot start a delayed run', async () => {
    fill();
    const promote = jest.fn(() => Promise.reject(new Error('The engine cannot be reached.')));
    admission.delay(ONE, { id: 'a', priority: 1, promote });
    admission.end(ONE);
    await new Promise(setImmediate);
    expect(promote).toHaveBeenCalledTimes(1);
    expect(admission.refusal(ONE)).toBeUndefined();
  });

  it('waits for the longest time that the platform has asked for', () => {
    admission.throttled(ONE, new Date(clock.nowMs() + 60_000));
    admission.throttled(ONE, new Date(clock.nowMs() + 30_000));
    clock.advance(59_999);
    expect(admission.refusal(ONE)?.reason).toContain('throttles');
    clock.advance(1);
    expect(admission.refusal(ONE)).toBeUndefined();
  });

  it('starts no run while the platform throttles, and delays them to different times after that', () => {
    admission.start(ONE);
    const until = new Date(clock.nowMs() + 30_000);
    admission.throttled(ONE, until);
    admission.end(ONE);
    delay('waits');
    expect(promoted).toEqual([]);
    const first = admission.refusal(ONE)?.until.getTime() ?? 0;
    const second = admission.refusal(ONE)?.until.getTime() ?? 0;
    expect(first).toBeGreaterThanOrEqual(until.getTime() + SHORTEST_DELAY_MS);
    expect(first).not.toBe(second);
    clock.advance(30_000);
    expect(admission.refusal(ONE)).toBeUndefined();
    admission.start(ONE);
    admission.end(ONE);
    expect(promoted).toEqual(['waits']);
  });
});
