import { ThrottlePause } from './throttle-pause.js';

const START = 1_767_600_000_000;
const at = (seconds: number): number => START + seconds * 1000;
const dateAt = (seconds: number): Date => new Date(at(seconds));

/** Refused as soon as it was sent. */
function refuse(pause: ThrottlePause, nowMs: number, retryAfter?: Date): Date {
  return pause.refused(nowMs, nowMs, retryAfter).end;
}

it('doubles from 1 s to 30 s while refusals go on', () => {
  const pause = new ThrottlePause(() => 0);
  let now = START;
  const lengths = Array.from({ length: 7 }, () => {
    const end = refuse(pause, now).getTime();
    const length = end - now;
    now = end;
    return length / 1000;
  });
  expect(lengths).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

it('is up to half shorter by chance, so that processes do not come back together', () => {
  expect(refuse(new ThrottlePause(() => 0.999), START)).toEqual(dateAt(0.501));
});

it('begins with 1 s again after a request was accepted', () => {
  const pause = new ThrottlePause(() => 0);
  refuse(pause, START);
  refuse(pause, at(1));
  pause.accepted(at(3));
  expect(refuse(pause, at(3))).toEqual(dateAt(4));
});

it('counts the refusals of requests that were under way together once', () => {
  const pause = new ThrottlePause(() => 0);
  expect(pause.refused(START, START, undefined)).toEqual({ end: dateAt(1), isFirst: true });
  expect(pause.refused(at(0.2), START, undefined)).toEqual({ end: dateAt(1), isFirst: false });
  expect(pause.refused(at(1), at(1), undefined)).toEqual({ end: dateAt(3), isFirst: true });
});

it('is not begun again by a refusal of what was sent before it, however late that comes', () => {
  const pause = new ThrottlePause(() => 0);
  refuse(pause, START);
  expect(pause.refused(at(5), at(-1), undefined)).toEqual({ end: dateAt(1), isFirst: false });
  expect(pause.isOver(at(5))).toBe(true);
});

it('is not shortened, nor its doubling reset, by an old request that was accepted', () => {
  const pause = new ThrottlePause(() => 0);
  refuse(pause, START);
  pause.accepted(at(0.5));
  expect(pause.endsAt(at(0.6))).toEqual(dateAt(1));
  expect(refuse(pause, at(1))).toEqual(dateAt(3));
});

it('lasts as long as the platform says, by the longest that it said', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, START, dateAt(20));
  pause.refused(START, START, dateAt(10));
  expect(pause.endsAt(at(19))).toEqual(dateAt(20));
  expect(pause.endsAt(at(20))).toBeUndefined();
});

it('is taken over from another process, with its doubling', () => {
  const pause = new ThrottlePause(() => 0);
  pause.begunElsewhere(START, dateAt(5));
  expect(pause.endsAt(at(4))).toEqual(dateAt(5));
  expect(refuse(pause, at(5))).toEqual(dateAt(7));
});

it('is not shortened by another process', () => {
  const pause = new ThrottlePause(() => 0);
  pause.refused(START, START, dateAt(20));
  pause.begunElsewhere(START, dateAt(5));
  expect(pause.endsAt(START)).toEqual(dateAt(20));
});
