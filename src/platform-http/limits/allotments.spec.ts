import fc from 'fast-check';
import { allot, type AllotmentRequest, sparedAfterOutage } from './allotments.js';
import { type LimitRecord, NEW_RECORD } from './limit-record.js';
import { limitTimes } from './limit-times.js';
import { type LimitBounds } from './slow-down.js';

const FULL: LimitBounds = { slots: 8, perSecond: undefined };
const START = 1_767_600_000_000;

/** Processes that renew their parts of one platform's limit. */
class Round {
  record: LimitRecord = NEW_RECORD;
  nowMs = START;

  constructor(private readonly full: LimitBounds = FULL) {}

  renew(id: string, request: Partial<AllotmentRequest> = {}) {
    const asked = { id, inFlight: 0, wants: 50, full: this.full, sent: undefined, ...request };
    const { record, grant } = allot(this.record, asked, this.nowMs);
    this.record = record;
    return grant;
  }

  get slots(): Record<string, number> {
    return Object.fromEntries(this.record.holders.map(({ id, slots }) => [id, slots]));
  }
}

it('gives a process that is alone the whole limit', () => {
  expect(new Round().renew('a')).toEqual({ slots: 8, perSecond: undefined, isShort: false, processes: 1 });
});

it('gives a newcomer what is free, and its fair part when the others have renewed theirs', () => {
  const round = new Round();
  round.renew('a');
  expect(round.renew('b')).toMatchObject({ slots: 0, isShort: true });
  expect(round.renew('a').slots).toBe(4);
  expect(round.renew('b')).toMatchObject({ slots: 4, isShort: false });
});

it('holds what is still in flight until it has ended', () => {
  const round = new Round();
  round.renew('a');
  round.renew('b');
  expect(round.renew('a', { inFlight: 7 }).slots).toBe(4);
  expect(round.renew('b').slots).toBe(1);
  expect(round.slots).toEqual({ a: 7, b: 1 });
  expect(round.renew('a', { inFlight: 2 }).slots).toBe(4);
  expect(round.renew('b').slots).toBe(4);
});

it('gives those who want little what they want, but one at least, and the rest to those who want more', () => {
  const round = new Round();
  for (let renewal = 1; renewal <= 2; renewal += 1) {
    round.renew('a', { wants: 50 });
    round.renew('b', { wants: 1 });
    round.renew('c', { wants: 0 });
  }
  expect(round.slots).toEqual({ a: 6, b: 1, c: 1 });
});

it('takes back the part of a process that renews it no more', () => {
  const round = new Round();
  round.renew('a');
  round.nowMs += limitTimes.termMs;
  expect(round.renew('b').slots).toBe(8);
  expect(round.slots).toEqual({ b: 8 });
});

it('lets no part last longer because a clock was set back', () => {
  const round = new Round();
  round.renew('a');
  round.nowMs -= 3_600_000;
  round.renew('b');
  round.nowMs += limitTimes.termMs;
  expect(round.renew('b').slots).toBe(8);
});

it('is by the lowest settings while processes differ', () => {
  const round = new Round();
  round.renew('old', { full: { slots: 4, perSecond: 10 } });
  round.renew('new');
  round.renew('old', { full: { slots: 4, perSecond: 10 } });
  expect(round.renew('new')).toMatchObject({ slots: 2, perSecond: 5 });
});

it('shares the rate out like the slots', () => {
  const round = new Round({ slots: 8, perSecond: 100 });
  round.renew('a', { wants: 1 });
  round.renew('b');
  round.renew('a', { wants: 1 });
  round.renew('b');
  expect(round.record.holders.map(({ id, perSecond }) => [id, perSecond])).toEqual([
    ['a', 12.5],
    ['b', 87.5],
  ]);
});

it('gives a newcomer no more of the rate than the others leave', () => {
  const round = new Round({ slots: 3, perSecond: 30 });
  const slowTo = (level: number): void => {
    round.record = { ...round.record, slowDown: { level, since: round.nowMs + 60_000, measured: null } };
  };
  slowTo(0.5);
  expect(round.renew('a').perSecond).toBe(15);
  slowTo(0.75);
  // Half of 22.5 is its fair part.
  expect(round.renew('b')).toMatchObject({ slots: 1, perSecond: 7.5 });
});

it('goes round, the longest waiting first, where there are more processes than slots', () => {
  const round = new Round({ slots: 1, perSecond: undefined });
  const served: string[] = [];
  for (let second = 0; second < 60; second += 1) {
    for (const id of ['a', 'b', 'c']) if (round.renew(id).slots > 0) served.push(id);
    round.nowMs += 1000;
  }
  const turns = served.filter((id, index) => id !== served[index - 1]);
  expect(turns.length).toBeGreaterThan(6);
  expect(turns.join('')).toMatch(/^(?:abc)+a?b?$/);
});

it('after an outage leaves others their parts until they can renew them, but not those who were gone before it', () => {
  const round = new Round();
  round.renew('a');
  round.renew('b');
  round.renew('a');
  round.renew('b');
  const gone = { ...round.record.holders[0]!, id: 'gone', slots: 3, until: round.nowMs };
  round.nowMs += 60_000;
  round.record = sparedAfterOutage(
    { ...round.record, holders: [...round.record.holders, gone] },
    round.nowMs,
    limitTimes.termMs,
  );
  expect(round.renew('b').slots).toBe(4);
  expect(round.slots).toEqual({ a: 4, b: 4 });
  round.nowMs += limitTimes.termMs;
  expect(round.renew('b').slots).toBe(8);
});

it('never gives out more than the limit, however processes come, go, want and die', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    wants: fc.integer({ min: 0, max: 20 }),
    busy: fc.double({ min: 0, max: 1, noNaN: true }),
    passesMs: fc.integer({ min: 0, max: 3000 }),
  });
  const full = fc.record({
    slots: fc.integer({ min: 1, max: 12 }),
    perSecond: fc.constantFrom(undefined, 10, 33),
  });
  fc.assert(
    fc.property(full, fc.array(step, { maxLength: 60 }), (bounds, steps) => {
      const round = new Round(bounds);
      const gates = new Map<string, number>();
      for (const { id, wants, busy, passesMs } of steps) {
        round.nowMs += passesMs;
        const isAlive = round.record.holders.some((holder) => holder.id === id && holder.until > round.nowMs);
        const inFlight = isAlive ? Math.floor((gates.get(id) ?? 0) * busy) : 0;
        gates.set(id, round.renew(id, { wants, inFlight }).slots);
        const { holders } = round.record;
        expect(holders.reduce((sum, { slots }) => sum + slots, 0)).toBeLessThanOrEqual(bounds.slots);
        const rate = holders.reduce((sum, { perSecond }) => sum + (perSecond ?? 0), 0);
        if (bounds.perSecond !== undefined) expect(rate).toBeLessThanOrEqual(bounds.perSecond + 1e-9);
      }
    }),
  );
});

it('comes down to a limit that has sunk within one round, and leaves each process one slot while there are enough', () => {
  const slots = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 6 }), (full, count) => {
      const round = new Round({ slots: full, perSecond: undefined });
      const ids = Array.from({ length: count }, (_, index) => `p${index}`);
      const all = () => ids.map((id) => round.renew(id).slots);
      all();
      all();
      round.record = {
        ...round.record,
        slowDown: { level: 0.5, since: round.nowMs + 60_000, measured: null },
      };
      all();
      const half = Math.max(1, Math.floor(full / 2));
      const given = all();
      expect(given.reduce((sum, one) => sum + one, 0)).toBe(half);
      if (count <= half) expect(Math.min(...given)).toBeGreaterThanOrEqual(1);
    }),
  );
});
