import { RateMeter } from './rate-meter.js';

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
