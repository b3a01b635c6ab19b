import { FakeClock } from '../testing/fake-clock.js';
import { LocalPlatformLimits } from './limits/local-limits.js';
import { PlatformLane } from './platform-lane.js';
import { ThrottlePatience } from './throttle-patience.js';

const clock = new FakeClock();

function laneOf(slots: number, perSecond?: number): PlatformLane {
  const limits = new LocalPlatformLimits({ slots, perSecond }, clock);
  return new PlatformLane('https://lms.example', { limits, clock, random: () => 0 });
}

const patience = (signal?: AbortSignal): ThrottlePatience =>
  new ThrottlePatience(clock, new URL('https://lms.example'), 0, signal);

/** Tasks in a lane that end when they are told to. */
function tasksIn(lane: PlatformLane) {
  const ends: (() => void)[] = [];
  return {
    start: (count: number): void => {
      for (let started = 0; started < count; started += 1)
        void lane.run(() => new Promise<void>((resolve) => ends.push(resolve)), patience());
    },
    /** How many run, once all that may have begun have. */
    running: async (): Promise<number> => {
      await new Promise(setImmediate);
      return ends.length;
    },
    endOne: () => ends.shift()?.(),
  };
}

it('takes half as many at once after a refusal, and an eighth more each 5 s after the pause', async () => {
  const lane = laneOf(8);
  const nowMs = clock.nowMs();
  lane.refused(nowMs, nowMs, undefined);
  lane.refused(nowMs, nowMs, undefined);
  clock.advance(1000);
  const tasks = tasksIn(lane);
  tasks.start(20);
  expect(await tasks.running()).toBe(4);
  for (const slots of [5, 6, 7, 8, 8]) {
    clock.advance(5000);
    tasks.endOne();
    expect(await tasks.running()).toBe(slots);
  }
});

it('halves the rate that it had when it was refused', async () => {
  const lane = laneOf(256);
  for (let sent = 0; sent < 40; sent += 1) {
    await lane.run(() => Promise.resolve(), patience());
    clock.advance(25);
  }
  const nowMs = clock.nowMs();
  lane.refused(nowMs, nowMs, undefined);
  clock.advance(1000);
  const tasks = tasksIn(lane);
  tasks.start(100);
  // 20 a second: two at once, which a tenth of a second may catch up, and one more in each 50 ms.
  expect(await tasks.running()).toBe(3);
  for (const running of [4, 5, 6]) {
    clock.advance(50);
    expect(await tasks.running()).toBe(running);
  }
});

it('waits for no clock without a rate and a refusal', async () => {
  const tasks = tasksIn(laneOf(256));
  tasks.start(300);
  expect(await tasks.running()).toBe(256);
});

it('does not start the task of a caller who has left the queue', async () => {
  const lane = laneOf(1);
  let finish: () => void = () => undefined;
  const first = lane.run(() => new Promise<void>((resolve) => (finish = resolve)), patience());
  const abort = new AbortController();
  const reason = new Error('cancelled');
  const started: string[] = [];
  const note = (name: string) => () => Promise.resolve(started.push(name));
  const left = expect(lane.run(note('left'), patience(abort.signal))).rejects.toBe(reason);
  const stayed = lane.run(note('stayed'), patience());
  abort.abort(reason);
  await left;
  finish();
  await Promise.all([first, stayed]);
  expect(started).toEqual(['stayed']);
});
