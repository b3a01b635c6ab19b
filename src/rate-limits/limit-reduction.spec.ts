import fc from 'fast-check';
import { afterRefusal, type LimitReduction, NOT_REDUCED, reducedLimit } from './limit-reduction.js';
import { type RateLimit } from './rate-limit.js';

const FULL: RateLimit = { concurrency: 8, perSecond: undefined };
const START = 1_767_600_000_000;
const at = (seconds: number): number => START + seconds * 1000;
/** Refused, with a pause of 1 s. */
const refused = (reduction: LimitReduction, seconds: number, measured?: number): LimitReduction =>
  afterRefusal(reduction, at(seconds), at(seconds + 1), measured);
const slotsAt = (reduction: LimitReduction, seconds: number): number =>
  reducedLimit(reduction, FULL, at(seconds)).concurrency;

it('halves the limit after a refusal and restores an eighth every 5 s after the pause', () => {
  const reduction = refused(NOT_REDUCED, 0);
  expect([0, 5.9, 6, 11, 16, 20.9, 21, 99].map((seconds) => slotsAt(reduction, seconds))).toEqual([
    4, 4, 5, 6, 7, 7, 8, 8,
  ]);
});

it('halves what was restored, down to one request', () => {
  let reduction = refused(NOT_REDUCED, 0);
  expect(slotsAt((reduction = refused(reduction, 11)), 11)).toBe(3);
  const slots = [20, 22, 24, 26].map((seconds) =>
    slotsAt((reduction = refused(reduction, seconds)), seconds),
  );
  expect(slots).toEqual([2, 1, 1, 1]);
});

it('limits the rate to half of what was measured, and removes that limit when the whole is restored', () => {
  const reduction = refused(NOT_REDUCED, 0, 100);
  const perSecond = (seconds: number) => reducedLimit(reduction, FULL, at(seconds)).perSecond;
  expect([perSecond(0), perSecond(6), perSecond(21)]).toEqual([50, 62.5, undefined]);
});

it('keeps the first measurement, since a slowed rate says nothing about the whole', () => {
  const again = refused(refused(NOT_REDUCED, 0, 100), 2, 40);
  expect(reducedLimit(again, FULL, at(2)).perSecond).toBe(25);
});

it('accepts a later measurement when there was none', () => {
  const again = refused(refused(NOT_REDUCED, 0), 2, 40);
  expect(reducedLimit(again, FULL, at(2)).perSecond).toBe(20);
});

it('does not limit a rate that could not be measured', () => {
  expect(reducedLimit(refused(NOT_REDUCED, 0), FULL, at(0)).perSecond).toBeUndefined();
});

it('halves the configured rate and restores it', () => {
  const reduction = refused(NOT_REDUCED, 0, 7);
  const perSecond = (seconds: number) =>
    reducedLimit(reduction, { concurrency: 8, perSecond: 30 }, at(seconds)).perSecond;
  expect([perSecond(0), perSecond(21)]).toEqual([15, 30]);
});

it('keeps the limit between one request (and one per second) and the whole, and never shrinks it with time', () => {
  const bounds = fc.record({
    concurrency: fc.integer({ min: 1, max: 256 }),
    perSecond: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
  });
  const refusals = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 60 }),
      fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      bounds,
      refusals,
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      (full, list, soon, more) => {
        let seconds = 0;
        let reduction = NOT_REDUCED;
        for (const [gap, measured] of list) reduction = refused(reduction, (seconds += gap), measured);
        const [first, later] = [
          reducedLimit(reduction, full, at(seconds + soon)),
          reducedLimit(reduction, full, at(seconds + soon + more)),
        ];
        expect(first.concurrency).toBeGreaterThanOrEqual(1);
        expect(later.concurrency).toBeGreaterThanOrEqual(first.concurrency);
        expect(later.concurrency).toBeLessThanOrEqual(full.concurrency);
        if (full.perSecond !== undefined) {
          expect(first.perSecond).toBeGreaterThanOrEqual(1);
          expect(first.perSecond).toBeLessThanOrEqual(full.perSecond);
        }
        expect(reducedLimit(reduction, full, at(seconds + 100))).toEqual(full);
      },
    ),
  );
});
