import { FakeClock } from '../testing/fake-clock.js';
import { PlatformLane } from './platform-lane.js';
import { ThrottlePatience } from './throttle-patience.js';

const clock = new FakeClock();

it('does not start the task of a caller who has left the queue', async () => {
  const lane = new PlatformLane({ concurrency: 1, clock, random: () => 0 });
  const patience = (signal?: AbortSignal) =>
    new ThrottlePatience(clock, new URL('https://lms.example'), 0, signal);
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
