import { RequestPace } from './request-pace.js';

/** When each of `count` requests starts, all of which were wanted at once: ms. */
function starts(pace: RequestPace, perSecond: number, count: number, startMs: number): number[] {
  let nowMs = startMs;
  return Array.from({ length: count }, () => {
    let delayMs: number;
    while ((delayMs = pace.start(perSecond, nowMs)) > 0) nowMs += delayMs;
    return nowMs - startMs;
  });
}

it('spaces requests evenly, after the tenth of a second that may be caught up', () => {
  expect(starts(new RequestPace(), 100, 14, 5000)).toEqual([
    ...Array<number>(10).fill(0),
    ...[0, 10, 20, 30],
  ]);
  expect(starts(new RequestPace(), 2, 3, 5000)).toEqual([0, 400, 900]);
});

it('follows the present rate, not an earlier lower one', () => {
  const pace = new RequestPace();
  expect(pace.start(0.1, 5000)).toBe(0);
  expect(pace.start(0.1, 5000)).toBe(9900);
  expect(pace.start(10, 5000)).toBe(100);
});

it('does not wait longer when the clock was set back', () => {
  const pace = new RequestPace();
  expect(pace.start(10, 3_600_000)).toBe(0);
  expect(pace.start(10, 0)).toBe(100);
});
