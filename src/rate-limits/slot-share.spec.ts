import fc from 'fast-check';
import { slotShare, type SlotUser } from './slot-share.js';

const user = (processId: string, wanted: number): SlotUser => ({ processId, wanted });

/** The share of each process. */
function shares(limit: number, users: SlotUser[], turn = 0): Record<string, number> {
  return Object.fromEntries(
    users.map(({ processId }) => [processId, slotShare(limit, users, processId, turn)]),
  );
}

it('gives all slots to the only process, however few it wants', () => {
  expect(shares(8, [user('a', 50)])).toEqual({ a: 8 });
  expect(shares(8, [user('a', 0)])).toEqual({ a: 8 });
});

it('divides the slots equally among processes that want more than there are', () => {
  expect(shares(8, [user('a', 50), user('b', 9)])).toEqual({ a: 4, b: 4 });
});

it('gives the processes that want few what they want, at least one, and the rest to those that want more', () => {
  expect(shares(8, [user('a', 50), user('b', 1), user('c', 0)])).toEqual({ a: 6, b: 1, c: 1 });
});

it('divides equally what no process wants', () => {
  expect(shares(8, [user('a', 2), user('b', 1)])).toEqual({ a: 4, b: 3 });
});

it('gives each process a turn when there are more processes than slots', () => {
  const users = [user('a', 5), user('b', 5), user('c', 5), user('idle', 0)];
  const served = [0, 1, 2, 3].map((turn) =>
    Object.entries(shares(1, users, turn)).flatMap(([id, slots]) => (slots === 1 ? id : [])),
  );
  expect(served).toEqual([['a'], ['b'], ['c'], ['a']]);
});

it('gives out at most the limit, and at least one slot to each process that wants one if there are enough', () => {
  const wants = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), wants, fc.nat(), (limit, wanted, turn) => {
      const users = wanted.map((count, index) => user(`p${index}`, count));
      const all = shares(limit, users, turn);
      const sum = Object.values(all).reduce((total, slots) => total + slots, 0);
      expect(sum).toBeLessThanOrEqual(limit);
      const wanting = users.filter((one) => one.wanted > 0);
      const served = wanting.filter(({ processId }) => (all[processId] ?? 0) > 0);
      expect(served).toHaveLength(Math.min(limit, wanting.length));
    }),
  );
});
