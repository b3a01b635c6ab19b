import fc from 'fast-check';
import { type PlatformFamily, platformFamilySchema } from '../registrations/platform-family.js';
import {
  type LastScore,
  type PendingScore,
  planSending,
  type SendingPlan,
  timestampAfter,
  timestampPast,
} from './sending-plan.js';
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

describe('of the pending scores of a user', () => {
  it("sends the score with the caller's latest timestamp, whatever the order of arrival", () => {
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

  it('sends the later one of two scores with the same timestamp', () => {
    expect(sentIds(plan([1, 2].map((nth) => pending(nth, { givenTimestamp: NOW }))))).toEqual(['score 2']);
  });

  it('orders a score without a timestamp after all that arrived before, and before scores with a later timestamp', () => {
    const [first, second] = [pending(1, { givenTimestamp: at(60_000) }), pending(2)];
    expect(sentIds(plan([first, second]))).toEqual(['score 2']);
    expect(sentIds(plan([first, second, pending(3, { givenTimestamp: at(59_999) })]))).toEqual(['score 2']);
    expect(sentIds(plan([first, second, pending(3, { givenTimestamp: at(60_000) })]))).toEqual(['score 3']);
  });

  it('orders a score of a process with a slow clock after the scores that arrived before', () => {
    const slow = pending(2, { createdAt: at(-3_600_000) });
    expect(plan([pending(1), slow]).send).toMatchObject([{ id: 'score 2', orderedAt: NOW }]);
  });

  it('sends a score of long ago if it is the only one', () => {
    for (const year of ['0001', '1969', '1970']) {
      const givenTimestamp = new Date(`${year}-01-01T00:00:00.000Z`);
      expect(plan([pending(1, { givenTimestamp })]).send).toMatchObject([{ timestamp: givenTimestamp }]);
    }
  });

  it('sends the newest only when it is due, and supersedes the older ones at once', () => {
    expect(plan([pending(1), pending(2, { dueAt: at(1) })])).toEqual({ send: [], superseded: ['score 1'] });
  });

  it('sends one score of each user', () => {
    const scores = [pending(1), pending(2, { userId: 'v' }), pending(3)];
    const { send, superseded } = plan(scores);
    expect(send.map(({ userId, id }) => [userId, id])).toEqual([
      ['u', 'score 3'],
      ['v', 'score 2'],
    ]);
    expect(superseded).toEqual(['score 1']);
  });
});

describe('after a score was sent', () => {
  const last: LastScore = { arrival: 5, orderedAt: at(-1000), sentTimestamp: at(2000) };

  it.each([
    ['an older score', pending(6, { givenTimestamp: at(-1001) })],
    ['a score that arrived before it, but was read later', pending(4)],
    ['a score with the same timestamp that arrived before it', pending(4, { givenTimestamp: at(-1000) })],
  ])('%s is superseded', (_, late) => {
    expect(plan([late], last)).toEqual({ send: [], superseded: [late.id] });
  });

  it('a newer score is sent with a later timestamp, whatever timestamp the caller gave', () => {
    const newer = pending(6, { givenTimestamp: at(-999) });
    expect(plan([newer], last).send).toMatchObject([{ timestamp: at(2001), orderedAt: at(-999) }]);
    expect(plan([newer], last, { family: 'moodle' }).send).toMatchObject([{ timestamp: at(3000) }]);
  });

  it('a retry of it keeps its timestamp, and is known as a retry', () => {
    const again = pending(5, { createdAt: at(-1000), sentTimestamp: at(2000), maybeSent: true });
    for (const family of ['moodle', 'generic'] as const) {
      expect(plan([again], last, { family, now: at(90_000) }).send).toMatchObject([
        { id: 'score 5', timestamp: at(2000), orderedAt: at(-1000), afterUnknown: true },
      ]);
    }
  });

  it('it is sent with a timestamp of now or later after the platform called it stale', () => {
    const stale = pending(5, { stale: 1 });
    expect(plan([stale], last, { now: at(90_000) }).send).toMatchObject([{ timestamp: at(90_000) }]);
    expect(plan([stale], last, { now: at(1000) }).send).toMatchObject([{ timestamp: at(3000) }]);
  });

  it('it is sent with a new timestamp when an operator retries it', () => {
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

it('sends the newest score of each user in the end, with increasing timestamps, whatever the answers are', () => {
  fc.assert(
    fc.property(story, fc.constantFrom('moodle', 'generic' as const), (steps, family) => {
      const outbox = new SimulatedOutbox(family);
      for (const step of steps) {
        if (step.kind === 'arrival') outbox.arrive(step);
        else outbox.send(step.now, step.answers);
      }
      // Sends the rest.
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

const atSecond = (iso: string): Date => new Date(`2026-01-05T08:00:${iso}Z`);
const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9998-01-01'), noInvalidDate: true });
const family = fc.constantFrom(...platformFamilySchema.options);
const secondOf = (of: Date): number => Math.floor(of.getTime() / 1000);

describe('the timestamp of a score', () => {
  it('is the wished one when nothing was sent before', () => {
    expect(timestampAfter(undefined, atSecond('00.123'), 'moodle')).toEqual(atSecond('00.123'));
  });

  it.each([
    ['generic', '07.250', '07.251'],
    ['canvas', '07.250', '07.251'],
    ['moodle', '07.250', '08.000'],
    ['moodle', '07.000', '08.000'],
  ] as const)('at %s, after %s, is the next one that the family distinguishes: %s', (name, last, next) => {
    for (const wished of ['00.000', '07.000', last]) {
      expect(timestampAfter(atSecond(last), atSecond(wished), name)).toEqual(atSecond(next));
    }
  });

  it('is the wished one when that is late enough', () => {
    expect(timestampAfter(atSecond('07.250'), atSecond('07.251'), 'generic')).toEqual(atSecond('07.251'));
    expect(timestampAfter(atSecond('07.250'), atSecond('08.400'), 'moodle')).toEqual(atSecond('08.400'));
  });

  it('increases, and is never before the wished one, whatever the clocks show', () => {
    fc.assert(
      fc.property(moment, moment, family, (last, wished, name) => {
        const sent = timestampAfter(last, wished, name);
        expect(sent > last).toBe(true);
        expect(sent >= wished).toBe(true);
        if (name === 'moodle') expect(secondOf(sent)).toBeGreaterThan(secondOf(last));
      }),
    );
  });
});

describe('the timestamp of a score that was called stale', () => {
  it('is at least a second later, and not before now', () => {
    fc.assert(
      fc.property(moment, moment, family, (last, now, name) => {
        const sent = timestampPast(last, now, name);
        expect(sent >= now).toBe(true);
        expect(sent.getTime() - last.getTime()).toBeGreaterThanOrEqual(1000);
      }),
    );
  });

  it('is now when that is late enough', () => {
    expect(timestampPast(atSecond('07.250'), atSecond('30.111'), 'moodle')).toEqual(atSecond('30.111'));
  });
});
