import { FakeClock } from '../testing/fake-clock.js';
import { LocalPlatformLimits } from './limits/local-limits.js';
import { PlatformLanes } from './platform-lanes.js';

const clock = new FakeClock();
const limits = new LocalPlatformLimits({ slots: 1, perSecond: undefined }, clock);
const options = { limits, clock, random: () => 0 };

it('gives a platform the same lane again', async () => {
  const lanes = new PlatformLanes(options, 2);
  const first = await lanes.use('https://a.example', (lane) => Promise.resolve(lane));
  const second = await lanes.use('https://a.example', (lane) => Promise.resolve(lane));
  expect(second).toBe(first);
});

it('forgets the lane that was not used for longest', async () => {
  const lanes = new PlatformLanes(options, 2);
  const use = (name: string) => lanes.use(name, (lane) => Promise.resolve(lane));
  const a = await use('a');
  const b = await use('b');
  await use('a');
  await use('c');
  expect(lanes.size).toBe(2);
  expect(await use('a')).toBe(a);
  expect(await use('b')).not.toBe(b);
});

it('keeps a lane in use, and forgets it later', async () => {
  const lanes = new PlatformLanes(options, 1);
  let finish: () => void = () => undefined;
  const working = lanes.use('busy', (lane) => new Promise((resolve) => (finish = () => resolve(lane))));
  await lanes.use('other', () => Promise.resolve());
  const again = await lanes.use('busy', (lane) => Promise.resolve(lane));
  finish();
  expect(await working).toBe(again);
  expect(lanes.size).toBe(1);
});

it('lets a lane go when its work fails', async () => {
  const lanes = new PlatformLanes(options, 1);
  await expect(lanes.use('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  await lanes.use('b', () => Promise.resolve());
  expect(lanes.size).toBe(1);
});
