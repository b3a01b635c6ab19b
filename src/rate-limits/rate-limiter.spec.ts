import { FakeClock } from '../testing/fake-clock.js';
import { RateLimiter, RateMeter } from './rate-limiter.js';
import { WaitBudget } from './cooldown.js';

const clock = new FakeClock();

function limiterOf(concurrency: number, perSecond?: number): RateLimiter {
  const limit = { concurrency, perSecond };
  return new RateLimiter('https://lms.example', { limit, clock, random: () => 0, shared: undefined });
}

const budget = (signal?: AbortSignal): WaitBudget =>
  new WaitBudget(clock, new URL('https://lms.example'), 0, signal);

/** Tasks that end when the test says so. */
function tasksIn(limiter: RateLimiter) {
  const ends: (() => void)[] = [];
  return {
    start: (count: number): void => {
      for (let started = 0; started < count; started += 1)
        void limiter.run(() => new Promise<void>((resolve) => ends.push(resolve)), budget());
    },
    /** How many run, once all that may have begun have. */
    running: async (): Promise<number> => {
      await new Promise(setImmediate);
      return ends.length;
    },
    endOne: () => ends.shift()?.(),
  };
}

it('starts half as many requests at once after a refusal, and an eighth more every 5 s after the pause', async () => {
  const limiter = limiterOf(8);
  const nowMs = clock.nowMs();
  limiter.refused(nowMs, nowMs, undefined);
  limiter.refused(nowMs, nowMs, undefined);
  clock.advance(1000);
  const tasks = tasksIn(limiter);
  tasks.start(20);
  expect(await tasks.running()).toBe(4);
  for (const slots of [5, 6, 7, 8, 8]) {
    clock.advance(5000);
    tasks.endOne();
    expect(await tasks.running()).toBe(slots);
  }
});

it('halves the rate that it had when it was refused', async () => {
  const limiter = limiterOf(256);
  for (let sent = 0; sent < 40; sent += 1) {
    await limiter.run(() => Promise.resolve(), budget());
    clock.advance(25);
  }
  const nowMs = clock.nowMs();
  limiter.refused(nowMs, nowMs, undefined);
  clock.advance(1000);
  const tasks = tasksIn(limiter);
  tasks.start(100);
  // 20 a second: two at once, which a tenth of a second may catch up, and one more in each 50 ms.
  expect(await tasks.running()).toBe(3);
  for (const running of [4, 5, 6]) {
    clock.advance(50);
    expect(await tasks.running()).toBe(running);
  }
});

it('does not wait when there is no rate and no refusal', async () => {
  const tasks = tasksIn(limiterOf(256));
  tasks.start(300);
  expect(await tasks.running()).toBe(256);
});

it('does not start the task of a caller who has left the queue', async () => {
  const limiter = limiterOf(1);
  let finish: () => void = () => undefined;
  const first = limiter.run(() => new Promise<void>((resolve) => (finish = resolve)), budget());
  const abort = new AbortController();
  const reason = new Error('cancelled');
  const started: string[] = [];
  const note = (name: string) => () => Promise.resolve(started.push(name));
  const left = expect(limiter.run(note('left'), budget(abort.signal))).rejects.toBe(reason);
  const stayed = limiter.run(note('stayed'), budget());
  abort.abort(reason);
  await left;
  finish();
  await Promise.all([first, stayed]);
  expect(started).toEqual(['stayed']);
});

/** So many requests, evenly over this time. */
function send(meter: RateMeter, count: number, fromMs: number, toMs: number): void {
  for (let sent = 0; sent < count; sent += 1) meter.add(fromMs + ((toMs - fromMs) * sent) / count);
}

it('measures the requests per second of the last moments', () => {
  const meter = new RateMeter();
  send(meter, 150, 10_000, 11_500);
  expect(meter.perSecond(11_500)).toBe(100);
});

it('keeps the last measurement while a new one begins', () => {
  const meter = new RateMeter();
  send(meter, 210, 10_000, 12_100);
  expect(meter.perSecond(12_200)).toBe(100);
});

it('gives no rate for too few requests, too short a time, or a time that is long over', () => {
  const meter = new RateMeter();
  expect(meter.perSecond(10_000)).toBeUndefined();
  send(meter, 9, 10_000, 11_500);
  expect(meter.perSecond(11_500)).toBeUndefined();
  send(meter, 500, 20_000, 20_900);
  expect(meter.perSecond(20_900)).toBeUndefined();
  expect(meter.perSecond(21_000)).toBe(500);
  expect(meter.perSecond(24_000)).toBeUndefined();
});

it('starts again when the clock was set back', () => {
  const meter = new RateMeter();
  send(meter, 100, 10_000, 11_000);
  send(meter, 100, 5000, 6000);
  expect(meter.perSecond(6000)).toBe(100);
});
