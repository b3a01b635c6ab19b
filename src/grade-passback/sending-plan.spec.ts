import fc from 'fast-check';
import { type PlatformFamily } from '../registrations/platform-family.js';
import { type LastScore, type PendingScore, planSending, type SendingPlan } from './sending-plan.js';
import { SimulatedOutbox } from '../../test/support/simulated-outbox.js';

const NOW = new Date('2026-01-05T08:00:00.000Z');
const at = (ms: number): Date => new Date(NOW.getTime() + ms);

function pending(arrival: number, changes: Partial<PendingScore> = {}): PendingScore {
  return {
    id: `score ${arrival}`,
    userId: 'u',
    arrival,
    givenTimestamp: null,
    createdAt: NOW,
    sentTimestamp: null,
    maybeSent: false,
    stale: 0,
    dueAt: NOW,
    ...changes,
  };
}

function plan(
  scores: PendingScore[],
  last?: LastScore,
  { now = NOW, family = 'generic' }: { now?: Date; family?: PlatformFamily } = {},
): SendingPlan {
  return planSending(scores, new Map(last === undefined ? [] : [['u', last]]), now, family);
}

const sentIds = ({ send }: SendingPlan): string[] => send.map(({ id }) => id);

describe('of the scores of a user', () => {
  it("the one with the caller's latest timestamp is sent, in whatever order they came", () => {
    const scores = [
      pending(1, { givenTimestamp: at(-2000) }),
      pending(2, { givenTimestamp: at(-1000) }),
      pending(3, { givenTimestamp: at(-3000) }),
    ];
    expect(plan(scores)).toMatchObject({
      send: [{ id: 'score 2', timestamp: at(-1000), orderedAt: at(-1000), afterUnknown: false }],
      superseded: ['score 1', 'score 3'],
    });
  });

  it('the later one is sent where two have the same timestamp', () => {
    expect(sentIds(plan([1, 2].map((nth) => pending(nth, { givenTimestamp: NOW }))))).toEqual(['score 2']);
  });

  it('one without a timestamp comes after all that arrived before, and before those that say they are later', () => {
    const [first, second] = [pending(1, { givenTimestamp: at(60_000) }), pending(2)];
    expect(sentIds(plan([first, second]))).toEqual(['score 2']);
    expect(sentIds(plan([first, second, pending(3, { givenTimestamp: at(59_999) })]))).toEqual(['score 2']);
    expect(sentIds(plan([first, second, pending(3, { givenTimestamp: at(60_000) })]))).toEqual(['score 3']);
  });

  it('one of a process whose clock is slow still comes after those before it', () => {
    const slow = pending(2, { createdAt: at(-3_600_000) });
    expect(plan([pending(1), slow]).send).toMatchObject([{ id: 'score 2', orderedAt: NOW }]);
  });

  it('one of long ago is sent where it is the only one', () => {
    for (const year of ['0001', '1969', '1970']) {
      const givenTimestamp = new Date(`${year}-01-01T00:00:00.000Z`);
      expect(plan([pending(1, { givenTimestamp })]).send).toMatchObject([{ timestamp: givenTimestamp }]);
    }
  });

  it('the newest waits until it is due, and the older ones are superseded meanwhile', () => {
    expect(plan([pending(1), pending(2, { dueAt: at(1) })])).toEqual({ send: [], superseded: ['score 1'] });
  });

  it('each user has one', () => {
    const scores = [pending(1), pending(2, { userId: 'v' }), pending(3)];
    const { send, superseded } = plan(scores);
    expect(send.map(({ userId, id }) => [userId, id])).toEqual([
      ['u', 'score 3'],
      ['v', 'score 2'],
    ]);
    expect(superseded).toEqual(['score 1']);
  });
});

describe('after one was sent', () => {
  const last: LastScore = { arrival: 5, orderedAt: at(-1000), sentTimestamp: at(2000) };

  it.each([
    ['an older one', pending(6, { givenTimestamp: at(-1001) })],
    ['one that came before it, but was seen later', pending(4)],
    ['one of the same timestamp that came before it', pending(4, { givenTimestamp: at(-1000) })],
  ])('%s is superseded', (_, late) => {
    expect(plan([late], last)).toEqual({ send: [], superseded: [late.id] });
  });

  it('a newer one has a later timestamp than was sent, whatever it says itself', () => {
    const newer = pending(6, { givenTimestamp: at(-999) });
    expect(plan([newer], last).send).toMatchObject([{ timestamp: at(2001), orderedAt: at(-999) }]);
    expect(plan([newer], last, { family: 'moodle' }).send).toMatchObject([{ timestamp: at(3000) }]);
  });

  it('it keeps its timestamp when it is sent again, and is known as sent', () => {
    const again = pending(5, { createdAt: at(-1000), sentTimestamp: at(2000), maybeSent: true });
    for (const family of ['moodle', 'generic'] as const) {
      expect(plan([again], last, { family, now: at(90_000) }).send).toMatchObject([
        { id: 'score 5', timestamp: at(2000), orderedAt: at(-1000), afterUnknown: true },
      ]);
    }
  });

  it('it has a later timestamp than now when the platform has called it stale', () => {
    const stale = pending(5, { stale: 1 });
    expect(plan([stale], last, { now: at(90_000) }).send).toMatchObject([{ timestamp: at(90_000) }]);
    expect(plan([stale], last, { now: at(1000) }).send).toMatchObject([{ timestamp: at(3000) }]);
  });

  it('it has a timestamp of its own when an operator has it sent again', () => {
    expect(plan([pending(5)], last).send).toMatchObject([{ timestamp: at(2001), afterUnknown: false }]);
  });
});

const ms = fc.integer({ min: -3000, max: 3000 });
const arrival = fc.record({
  kind: fc.constant('arrival' as const),
  userId: fc.constantFrom('u', 'v'),
  givenTimestamp: fc.option(ms),
  createdAt: ms,
});
const sending = fc.record({
  kind: fc.constant('sending' as const),
  now: ms,
  answers: fc.array(fc.constantFrom('posted', 'rejected', 'unknown', 'stale', 'unsent' as const), {
    minLength: 2,
    maxLength: 2,
  }),
});
const story = fc.array(fc.oneof(arrival, sending), { minLength: 1, maxLength: 25 });

it('sends the newest of each user in the end, with rising timestamps, whatever happens on the way', () => {
  fc.assert(
    fc.property(story, fc.constantFrom('moodle', 'generic' as const), (steps, family) => {
      const outbox = new SimulatedOutbox(family);
      for (const step of steps) {
        if (step.kind === 'arrival') outbox.arrive(step);
        else outbox.send(step.now, step.answers);
      }
      // What is left is sent, at last.
      outbox.send(0, ['posted', 'posted']);
      outbox.send(0, ['posted', 'posted']);
      for (const userId of ['u', 'v']) {
        expect(outbox.stillPending(userId)).toEqual([]);
        expect(outbox.lastSent(userId)).toBe(outbox.newest(userId));
        const sent = outbox.sent(userId);
        for (const [nth, { id, timestamp, isRetry }] of sent.entries()) {
          const before = sent[nth - 1];
          if (before === undefined) continue;
          if (isRetry) expect([id, timestamp]).toEqual([before.id, before.timestamp]);
          else expect(outbox.tellsApart(before.timestamp, timestamp)).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});
