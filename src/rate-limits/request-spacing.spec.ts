import { RequestSpacing } from './request-spacing.js';

/** When each of `count` requests starts, all of which were wanted at once: ms. */
function starts(spacing: RequestSpacing, perSecond: number, count: number, startMs: number): number[] {
  let nowMs = startMs;
  return Array.from({ length: count }, () => {
    let delayMs: number;
    while ((delayMs = spacing.start(perSecond, nowMs)) > 0) nowMs += delayMs;
    return nowMs - startMs;
  });
}

it('spaces requests evenly, after the tenth of a second that may be caught up', () => {
  expect(starts(new RequestSpacing(), 100, 14, 5000)).toEqual([
    ...Array<number>(10).fill(0),
    ...[0, 10, 20, 30],
  ]);
  expect(starts(new RequestSpacing(), 2, 3, 5000)).toEqual([0, 400, 900]);
});

it('follows the present rate, not an earlier lower one', () => {
  const spacing = new RequestSpacing();
  expect(spacing.start(0.1, 5000)).toBe(0);
  expect(spacing.start(0.1, 5000)).toBe(9900);
  expect(spacing.start(10, 5000)).toBe(100);
});

it('does not wait longer when the clock was set back', () => {
  const spacing = new RequestSpacing();
  expect(spacing.start(10, 3_600_000)).toBe(0);
  expect(spacing.start(10, 0)).toBe(100);
});
