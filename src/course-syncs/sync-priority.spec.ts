import { LARGEST_SIZE, syncPriority } from './sync-priority.js';

const MINUTE_MS = 60_000;
const now = new Date('2026-01-05T08:00:00Z');
const after = (minutes: number): Date => new Date(now.getTime() + minutes * MINUTE_MS);

describe('syncPriority', () => {
  it('makes no difference between courses up to 200 members, up to 2,000, and above', () => {
    const of = (members: number): number => syncPriority('request', members, now);
    expect(of(200)).toBe(of(0));
    expect(of(2000)).toBe(of(201));
    expect(of(100_000)).toBe(of(LARGEST_SIZE));
  });

  it('takes requested runs before scheduled ones, and in each class small courses before large ones', () => {
    const inOrder = [
      syncPriority('request', 50, now),
      syncPriority('request', 201, now),
      syncPriority('request', 2001, now),
      syncPriority('schedule', 50, now),
      syncPriority('schedule', 201, now),
      syncPriority('schedule', 2001, now),
    ];
    expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
    expect(new Set(inOrder).size).toBe(inOrder.length);
  });

  it('takes a scheduled run of a huge course before all runs that are requested 45 minutes after it', () => {
    expect(syncPriority('schedule', 100_000, now)).toBeLessThan(syncPriority('request', 1, after(45)));
    expect(syncPriority('schedule', 100_000, now)).toBeGreaterThan(syncPriority('request', 1, after(30)));
  });

  it.each([new Date(0), now, new Date('2029-12-31T23:59:59Z'), new Date('2049-06-01T00:00:00Z')])(
    'is a number that the job engine takes: %s',
    (time) => {
      for (const priority of [syncPriority('request', 1, time), syncPriority('schedule', 2001, time)]) {
        expect(priority).toBeGreaterThanOrEqual(1);
        expect(priority).toBeLessThan(2 ** 21);
      }
    },
  );
});
