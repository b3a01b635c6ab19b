import { RequestPace } from './request-pace.js';

/** When each of so many requests goes, all asked for at once: ms. */
function departures(pace: RequestPace, perSecond: number, count: number, startMs: number): number[] {
  let nowMs = startMs;
  return Array.from({ length: count }, () => {
    nowMs += pace.delayMs(perSecond, nowMs);
    pace.went(perSecond, nowMs);
    return nowMs - startMs;
  });
}

it('spaces requests evenly, but for a tenth of a second that may be caught up', () => {
  expect(departures(new RequestPace(), 100, 14, 5000)).toEqual([
    ...Array<number>(10).fill(0),
    ...[0, 10, 20, 30],
  ]);
  expect(departures(new RequestPace(), 2, 3, 5000)).toEqual([0, 400, 900]);
});

it('is no bound where there is no rate', () => {
  const pace = new RequestPace();
  departures(pace, 1, 2, 0);
  expect(pace.delayMs(undefined, 0)).toBe(0);
});

it('looks again after a moment where the rate is 0', () => {
  expect(new RequestPace().delayMs(0, 5000)).toBe(250);
});

it('goes by the present rate, not by a slower one before', () => {
  const pace = new RequestPace();
  departures(pace, 0.1, 1, 5000);
  expect(pace.delayMs(0.1, 5000)).toBe(9900);
  expect(pace.delayMs(10, 5000)).toBe(100);
});
