import { FakeClock } from '../testing/fake-clock.js';
import { RateLimitsService } from './rate-limits.service.js';

const clock = new FakeClock();
const limit = { concurrency: 1, perSecond: undefined };
const options = { limit, clock, random: () => 0, shared: undefined };

it('returns the same limiter for the same platform', async () => {
  const limits = new RateLimitsService(options, 2);
  const first = await limits.use('https://a.example', (limiter) => Promise.resolve(limiter));
  const second = await limits.use('https://a.example', (limiter) => Promise.resolve(limiter));
  expect(second).toBe(first);
});

it('forgets the limiter that was unused for the longest time', async () => {
  const limits = new RateLimitsService(options, 2);
  const use = (name: string) => limits.use(name, (limiter) => Promise.resolve(limiter));
  const a = await use('a');
  const b = await use('b');
  await use('a');
  await use('c');
  expect(limits.size).toBe(2);
  expect(await use('a')).toBe(a);
  expect(await use('b')).not.toBe(b);
});

it('keeps a limiter in use and forgets it later', async () => {
  const limits = new RateLimitsService(options, 1);
  let finish: () => void = () => undefined;
  const working = limits.use(
    'busy',
    (limiter) => new Promise((resolve) => (finish = () => resolve(limiter))),
  );
  await limits.use('other', () => Promise.resolve());
  const again = await limits.use('busy', (limiter) => Promise.resolve(limiter));
  finish();
  expect(await working).toBe(again);
  expect(limits.size).toBe(1);
});

it('forgets a limiter whose work has failed', async () => {
  const limits = new RateLimitsService(options, 1);
  await expect(limits.use('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  await limits.use('b', () => Promise.resolve());
  expect(limits.size).toBe(1);
});
