import { FakeClock } from '../../testing/fake-clock.js';
import { allot } from './allotments.js';
import { type LimitRecord, NEW_RECORD } from './limit-record.js';
import { limitTimes } from './limit-times.js';
import { SharedShare } from './shared-share.js';
import { type LimitBounds } from './slow-down.js';

const NOW = 1_767_600_000_000;
const full: LimitBounds = { slots: 8, perSecond: undefined };

/** One share, its traffic, and the row as the database has it. */
function scene() {
  const clock = new FakeClock();
  const traffic = {
    inFlight: 0,
    waiting: 0,
    perSecond: undefined as number | undefined,
    takePeak: () => traffic.inFlight + traffic.waiting,
    shareChanged: () => undefined,
    pauses: [] as Date[],
    paused: (until: Date) => traffic.pauses.push(until),
  };
  const renewal = {
    holderId: 'own',
    full,
    times: limitTimes,
    processes: 3,
    join: () => Promise.resolve(),
    hurry: () => undefined,
  };
  const share = new SharedShare('https://lms.example', traffic, renewal, clock);
  let record: LimitRecord = NEW_RECORD;
  const plan = () => {
    void share.known();
    return share.plan({ revision: 'r', record }, NOW, performance.now(), false);
  };
  return {
    clock,
    traffic,
    share,
    plan,
    renew: () => {
      const next = plan();
      record = next.record ?? NEW_RECORD;
      next.settle();
      return record;
    },
    /** Another process renews its part. */
    other: (inFlight = 0) => {
      record = allot(record, { id: 'other', inFlight, wants: 50, full, sent: undefined }, NOW).record;
    },
    get record() {
      return record;
    },
  };
}

it('is nothing before the database knows of it', () => {
  const { share, plan } = scene();
  const first = plan();
  expect([share.isKnown, share.slots]).toEqual([false, 0]);
  first.settle();
  expect([share.isKnown, share.slots]).toEqual([true, 8]);
});

it('shrinks before the database knows of it, and is in hurry to give back what was still in flight', () => {
  const { share, traffic, renew, other, plan, record } = scene();
  expect(record.holders).toEqual([]);
  traffic.inFlight = 6;
  renew();
  other();
  const shrinking = plan();
  expect(share.slots).toBe(4);
  expect(shrinking.record?.holders.find(({ id }) => id === 'own')?.slots).toBe(6);
  shrinking.settle();
  expect(share.urgencyMs).toBeUndefined();
  traffic.inFlight = 4;
  expect(share.urgencyMs).toBe(0);
});

it('is halved by a refusal before the others know of it, and once', () => {
  const { share, clock, renew } = scene();
  renew();
  const sentAtMs = clock.nowMs();
  share.refused({ sentAtMs, pauseEnd: new Date(sentAtMs + 1000), isFirst: true });
  share.refused({ sentAtMs, pauseEnd: new Date(sentAtMs + 1000), isFirst: false });
  expect([share.slots, share.urgencyMs]).toEqual([4, 0]);
  expect(renew().slowDown.level).toBe(0.5);
  expect([share.slots, share.urgencyMs]).toEqual([4, undefined]);
});

it('tells of a pause that another process met, once, and never of its own', () => {
  const one = scene();
  one.renew();
  const sentAtMs = one.clock.nowMs();
  one.share.refused({ sentAtMs, pauseEnd: new Date(sentAtMs + 9000), isFirst: true });
  const { pause } = one.renew();
  one.renew();
  expect(one.traffic.pauses).toEqual([]);

  const other = scene();
  const stored = { revision: 'r', record: { ...NEW_RECORD, pause } };
  for (let reading = 1; reading <= 2; reading += 1) other.share.plan(stored, NOW, performance.now(), false);
  expect(other.traffic.pauses).toEqual([new Date(other.clock.nowMs() + 9000)]);
});

it('in an outage goes on as it was, or with a part of what the last known processes share', () => {
  const unknown = scene().share;
  unknown.assume();
  expect([unknown.isKnown, unknown.slots]).toEqual([true, 2]);

  const { share, renew, other } = scene();
  renew();
  other();
  renew();
  share.assume();
  expect(share.slots).toBe(1);
});

it('is given back when it ends, or was not used for long, and is unknown from then on', () => {
  const { share, renew, other, record } = scene();
  renew();
  other();
  const later = performance.now() + limitTimes.idleMs;
  const leaving = share.plan({ revision: 'r', record }, NOW, later, false);
  expect([leaving.leaves, share.isKnown, share.slots]).toEqual([true, false, 0]);
  expect(share.plan({ revision: 'r', record }, NOW, 0, true)).toMatchObject({
    leaves: true,
    record: undefined,
  });
});
