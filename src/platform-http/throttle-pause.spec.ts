import { ThrottlePause } from './throttle-pause.js';

const START = new Date('2026-01-05T08:00:00Z');
const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

it('doubles from 1 s to 30 s while refusals go on', () => {
  const pause = new ThrottlePause(() => 0);
  let now = START;
  const lengths = Array.from({ length: 7 }, () => {
    const end = pause.refused(now, undefined);
    const length = end.getTime() - now.getTime();
    now = end;
    return length / 1000;
  });
  expect(lengths).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

it('is up to half shorter by chance, so that processes do not come back together', () => {
  expect(new ThrottlePause(() => 0.999).refused(START, undefined)).toEqual(at(0.501));
});

it('begins with 1 s again after a request was accepted', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, undefined);
  pause.refused(at(1), undefined);
  pause.accepted(at(3));
  expect(pause.refused(at(3), undefined)).toEqual(at(4));
});

it('counts the refusals of requests that were under way together once', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, undefined);
  expect(pause.refused(at(0.2), undefined)).toEqual(at(1));
  expect(pause.refused(at(1), undefined)).toEqual(at(3));
});

it('is not shortened, nor its doubling reset, by an old request that was accepted', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, undefined);
  pause.accepted(at(0.5));
  expect(pause.endsAt(at(0.6))).toEqual(at(1));
  expect(pause.refused(at(1), undefined)).toEqual(at(3));
});

it('lasts as long as the platform says, by the longest that it said', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, at(20));
  pause.refused(START, at(10));
  expect(pause.endsAt(at(19))).toEqual(at(20));
  expect(pause.endsAt(at(20))).toBeUndefined();
});
