import { FakeClock } from '../testing/fake-clock.js';
import { type LimitReduction } from './limit-reduction.js';
import { PlatformSlots } from './platform-slots.js';
import { type RateLimit } from './rate-limit.js';
import { RateLimiter } from './rate-limiter.js';
import { slotTimes } from './shared-slots.js';
import { type PlatformRows, type PlatformUser } from './slot-table.js';
import { WaitBudget } from './cooldown.js';

// Also where a test fails while the machine's time stands still.
afterEach(() => jest.restoreAllMocks());

const EIGHT: RateLimit = { concurrency: 8, perSecond: undefined };

/** The slots of one process, its limiter and the rows as the database has them. */
function scene(limit = EIGHT) {
  const clock = new FakeClock();
  const user = { wanted: 50, sent: null, concurrency: limit.concurrency, perSecond: limit.perSecond ?? null };
  const rows: Omit<PlatformRows, 'origin'> = { users: [], held: [], turn: 0, refusal: null };
  const stored: { reduction: LimitReduction; cooldownMs: number }[] = [];
  let slots!: PlatformSlots;
  const sharing = {
    processId: 'own',
    limit,
    times: slotTimes,
    processes: 3,
    join: () => Promise.resolve(),
    renewNow: () => undefined,
    refused: (_slots: PlatformSlots, reduction: LimitReduction, cooldownMs: number) =>
      void stored.push({ reduction, cooldownMs }),
  };
  const shared = {
    slotsFor: (limiter: RateLimiter) => (slots = new PlatformSlots(limiter, sharing)),
    close: () => Promise.resolve(),
  };
  const limiter = new RateLimiter('https://lms.example', { limit, clock, random: () => 0, shared });
  const ends: (() => void)[] = [];
  const plan = (askedAtMs = performance.now()) => {
    void slots.known();
    const own = { ...slots.user(), ...user, processId: 'own' };
    return slots.plan(
      { origin: limiter.origin, ...rows, users: [own, ...rows.users] },
      clock.nowMs(),
      askedAtMs,
    );
  };
  return {
    clock,
    limiter,
    slots,
    plan,
    rows,
    stored,
    /** Another process that uses the platform. */
    join: (other: Partial<PlatformUser> = {}) =>
      rows.users.push({ processId: `other${rows.users.length}`, ...user, ...other }),
    /** A whole renewal. */
    renew: () => {
      const change = plan();
      slots.settle(change.take, performance.now() + slotTimes.termMs);
      return change;
    },
    /** A request is refused that was sent at this moment, and the platform says when to come back. */
    refuse: (sentAtMs: number, retryAfterMs?: number) => {
      const nowMs = clock.nowMs();
      limiter.refused(
        nowMs,
        sentAtMs,
        retryAfterMs === undefined ? undefined : new Date(nowMs + retryAfterMs),
      );
    },
    start: async (count: number): Promise<void> => {
      const budget = new WaitBudget(clock, new URL('https://lms.example'), 0, undefined);
      for (let started = 0; started < count; started += 1)
        void limiter.run(() => new Promise<void>((resolve) => ends.push(resolve)), budget);
      await new Promise(setImmediate);
    },
    end: async (count: number): Promise<void> => {
      for (const end of ends.splice(0, count)) end();
      await new Promise(setImmediate);
    },
  };
}

it('has no slots before the database knows the platform', () => {
  const { slots, limiter, plan, renew } = scene();
  expect(plan()).toMatchObject({ free: [], take: 8 });
  expect([slots.isKnown, limiter.grant.slots]).toEqual([false, 0]);
  renew();
  expect([slots.isKnown, limiter.grant.slots]).toEqual([true, 8]);
});

it('frees slots above its share, but only after the requests in flight have ended', async () => {
  const { slots, limiter, plan, renew, join, rows, start, end } = scene();
  renew();
  rows.held = [1, 2, 3, 4, 5, 6, 7, 8];
  await start(6);
  join();
  expect(plan()).toMatchObject({ free: [7, 8], take: 0 });
  expect(limiter.grant.slots).toBe(4);
  renew();
  expect(slots.urgencyMs).toBeUndefined();
  await end(2);
  expect(slots.urgencyMs).toBe(0);
  rows.held = [1, 2, 3, 4, 5, 6];
  expect(renew()).toMatchObject({ free: [5, 6], take: 0 });
});

it('asks for slots again soon while requests wait and other processes hold too many', async () => {
  const { slots, join, renew, plan, start } = scene();
  join();
  renew();
  plan();
  slots.settle(1, performance.now() + slotTimes.termMs);
  expect(slots.urgencyMs).toBeUndefined();
  await start(9);
  expect(slots.urgencyMs).toBe(slotTimes.renewalMs / 8);
  renew();
  expect(slots.urgencyMs).toBeUndefined();
});

it('looks once more soon after it began to use the platform, for processes that began with it and have no slot', () => {
  const { slots, renew } = scene();
  const urgencies = (): (number | undefined)[] => [1, 2].map(() => (renew(), slots.urgencyMs));
  expect(urgencies()).toEqual([slotTimes.renewalMs / 8, undefined]);
  const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + slotTimes.idleMs);
  slots.leaveIfIdle();
  now.mockRestore();
  expect(urgencies()).toEqual([slotTimes.renewalMs / 8, undefined]);
});

it('does not use slots above a reduced limit', () => {
  const { clock, limiter, renew, join, rows } = scene();
  join();
  rows.held = [3, 4, 5, 6];
  rows.refusal = { level: 0.5, since: clock.nowMs(), measured: null, cooldownEnd: 0, cooldownId: 'a' };
  expect(renew()).toMatchObject({ free: [5, 6], take: 0, limit: 4 });
  expect(limiter.grant).toMatchObject({ slots: 2, of: 4 });
  rows.held = [5, 6];
  expect(renew()).toMatchObject({ free: [5, 6], take: 2 });
});

it('uses the lowest settings while processes differ', () => {
  const { limiter, renew, join } = scene({ concurrency: 8, perSecond: 20 });
  join({ concurrency: 4, perSecond: 10 });
  expect(renew()).toMatchObject({ take: 2, limit: 4 });
  expect(limiter.grant).toMatchObject({ slots: 2, of: 4, limit: { perSecond: 10 } });
});

it('gives each slot its part of the rate', async () => {
  const { clock, renew, join, start, limiter } = scene({ concurrency: 8, perSecond: 40 });
  join();
  renew();
  await start(4);
  // Half of 40 per second: two at once, which a tenth of a second may catch up, and one more in each 50 ms.
  expect(limiter.inFlight).toBe(3);
  clock.advance(50);
  await new Promise(setImmediate);
  expect(limiter.inFlight).toBe(4);
});

describe('a refusal', () => {
  it('is stored once, with half of the limit, whatever other requests in flight are refused', () => {
    const { clock, refuse, stored } = scene();
    const sentAtMs = clock.nowMs();
    refuse(sentAtMs);
    refuse(sentAtMs);
    const reduction = { level: 0.5, since: sentAtMs + 1000, measured: null };
    expect(stored).toEqual([{ reduction, cooldownMs: 1000 }]);
    clock.advance(2000);
    refuse(sentAtMs);
    expect(stored).toHaveLength(1);
  });

  it('is stored again without a further reduction when the platform names a later time', () => {
    const { clock, refuse, stored } = scene();
    const sentAtMs = clock.nowMs();
    refuse(sentAtMs);
    refuse(sentAtMs, 9000);
    expect(stored[1]).toMatchObject({
      reduction: { level: 0.5, since: sentAtMs + 9000 },
      cooldownMs: 9000,
    });
  });

  it('halves what was left after another refusal', () => {
    const { clock, refuse, renew, rows, stored } = scene();
    rows.refusal = { level: 0.5, since: clock.nowMs(), measured: null, cooldownEnd: 0, cooldownId: 'a' };
    renew();
    refuse(clock.nowMs());
    expect(stored[0]).toMatchObject({ reduction: { level: 0.25 } });
  });

  it('halves what this process sends before other processes know of it, and after older rows', async () => {
    const { clock, limiter, refuse, renew, slots, plan, rows, start } = scene();
    renew();
    rows.held = [1, 2, 3, 4, 5, 6, 7, 8];
    const askedAtMs = performance.now();
    refuse(clock.nowMs());
    const { take } = plan(askedAtMs);
    slots.settle(take, performance.now() + slotTimes.termMs);
    clock.advance(1000);
    await start(20);
    expect(limiter.inFlight).toBe(4);
  });

  it('is measured by the requests of all processes', async () => {
    const { clock, join, renew, start, end, refuse, stored } = scene();
    join({ sent: 30 });
    join({ sent: 12 });
    join({ sent: null });
    renew();
    for (let sent = 0; sent < 20; sent += 1) {
      await start(1);
      await end(1);
      clock.advance(50);
    }
    refuse(clock.nowMs());
    expect(stored[0]?.reduction.measured).toBe(20 + 30 + 12);
  });

  it('of another process starts one cooldown in this process', () => {
    const { clock, limiter, rows, plan } = scene();
    const refusedElsewhere = jest.spyOn(limiter, 'refusedElsewhere');
    const cooldownEnd = clock.nowMs() + 9000;
    rows.refusal = { level: 0.5, since: cooldownEnd, measured: null, cooldownEnd, cooldownId: 'a' };
    plan();
    plan();
    expect(refusedElsewhere.mock.calls).toEqual([[cooldownEnd]]);
  });

  it('of this process starts no second cooldown when it is read from the database', () => {
    const { clock, limiter, slots, rows, plan } = scene();
    const refusedElsewhere = jest.spyOn(limiter, 'refusedElsewhere');
    slots.cooldownStored('own');
    const cooldownEnd = clock.nowMs() + 9000;
    rows.refusal = { level: 0.5, since: cooldownEnd, measured: null, cooldownEnd, cooldownId: 'own' };
    plan();
    slots.cooldownStored(undefined);
    plan();
    expect(refusedElsewhere).not.toHaveBeenCalled();
  });
});

it('keeps its slots in an outage, or an equal part of what the last known processes share', () => {
  const unknown = scene();
  unknown.slots.assume();
  expect([unknown.slots.isKnown, unknown.limiter.grant.slots]).toEqual([true, 2]);

  const { slots, limiter, renew, join } = scene();
  renew();
  join();
  slots.settle(0, 0);
  expect([slots.isKnown, limiter.grant.slots]).toEqual([false, 8]);
  slots.assume();
  expect([slots.isKnown, limiter.grant.slots]).toEqual([true, 8]);
});

it('returns its slots when they were unused for a long time, and then does not know them', () => {
  const { slots, limiter, renew } = scene();
  renew();
  expect(slots.leaveIfIdle()).toBe(false);
  const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + slotTimes.idleMs);
  expect(slots.leaveIfIdle()).toBe(true);
  now.mockRestore();
  expect([slots.isKnown, limiter.grant.slots]).toEqual([false, 0]);
});
