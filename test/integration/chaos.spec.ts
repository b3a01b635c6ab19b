import { planFaults } from '../chaos/fault-plan.js';
import { type ReceiverReport } from '../chaos/receiver.main.js';
import {
  type StoredMember,
  wrongDeliveries,
  wrongHistories,
  wrongMembers,
  wrongScores,
} from '../chaos/verdict.js';

const FIVE_MINUTES_MS = 300_000;
const WORKERS = 4;

describe('the faults of npm run test:chaos', () => {
  it('are the same for the same seed, and others for another seed', () => {
    const plan = planFaults(7, FIVE_MINUTES_MS, WORKERS);
    expect(planFaults(7, FIVE_MINUTES_MS, WORKERS)).toEqual(plan);
    expect(planFaults(8, FIVE_MINUTES_MS, WORKERS)).not.toEqual(plan);
  });

  it('restart PostgreSQL and Redis twice, and leave one worker at least undisturbed at each time', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const plan = planFaults(seed, FIVE_MINUTES_MS, WORKERS);
      const restarts = plan.filter(({ kind }) => kind === 'postgres' || kind === 'redis');
      expect(restarts.map((fault) => ('how' in fault ? fault.how : fault.kind))).toEqual([
        ...['redis', 'stop', 'redis', 'crash'],
      ]);
      const disturbed = plan.flatMap((fault) =>
        fault.kind === 'kill' || fault.kind === 'pause'
          ? [{ ...fault, untilMs: fault.atMs + (fault.kind === 'kill' ? fault.downMs : fault.ms) }]
          : [],
      );
      for (const { atMs } of disturbed) {
        const down = disturbed.filter((other) => other.atMs <= atMs && atMs < other.untilMs);
        expect(new Set(down.map(({ worker }) => worker)).size).toBeLessThan(WORKERS);
      }
    }
  });
});

describe('the checks of npm run test:chaos', () => {
  const ada = { userId: 'ada', roles: ['Learner'], name: 'Ada' };
  const bob = { userId: 'bob', roles: ['Learner'], name: 'Bob' };
  const stored = (member: typeof ada): StoredMember => ({
    ...{ contextId: 'algebra', userId: member.userId, roles: member.roles, status: 'Active' },
    ...{ name: member.name, givenName: null, familyName: null, email: null, picture: null },
    ...{ sourcedId: null, sections: [] },
  });
  const change = (id: string, what: string, ...userIds: string[]) => {
    return { id, type: `lti.membership.${what}`, data: { courseId: '1', userIds } };
  };
  const received = (...taken: ReceiverReport['taken']): ReceiverReport => {
    return { taken, requests: taken.length, duplicates: 0, unsigned: 0, outOfOrder: [] };
  };
  const contextIds = new Map([['1', 'algebra']]);

  it('find a member that is missing, one that is different, and one that has left', () => {
    expect(wrongMembers([['algebra', [ada, bob]]], [stored(ada), stored(bob)])).toEqual([]);
    expect(
      wrongMembers(
        [['algebra', [ada, bob]]],
        [stored({ ...ada, name: 'Eve' }), stored({ ...bob, userId: 'eve' })],
      ),
    ).toEqual([
      expect.stringContaining('ada is {"roles":["Learner"],"status":"Active","name":"Eve"'),
      'course algebra: bob is missing',
      'course algebra: eve is not at the platform',
    ]);
  });

  it('find an event that never arrived, one that arrived early, one that waits, and one that is not stored', () => {
    const event = (id: string, status = 'delivered') => ({ id, orderKey: 'algebra', status });
    const [first, second] = [change('1', 'added', 'ada'), change('2', 'added', 'bob')];
    expect(wrongDeliveries(received(first, second), [event('1'), event('2')])).toEqual([]);
    expect(
      wrongDeliveries(received(second, first), [event('1'), event('2', 'pending'), event('3', 'pending')]),
    ).toEqual([
      'event 2 of course algebra arrived before 1',
      'event 2 of course algebra arrived and is pending',
      'event 3 of course algebra never arrived; it is pending',
    ]);
    expect(wrongDeliveries(received(first), [])).toEqual(['event 1 arrived and is not stored']);
  });

  it('find a change that is told twice or never', () => {
    const added = change('1', 'added', 'ada', 'bob');
    const removed = change('2', 'removed', 'bob');
    expect(wrongHistories(received(added, removed), [['algebra', [ada]]], contextIds)).toEqual([]);
    expect(wrongHistories(received(added, added), [['algebra', [ada]]], contextIds)).toEqual([
      'event 1: ada of course algebra is added, and was there',
      'event 1: bob of course algebra is added, and was there',
      'course algebra: no event says that bob has gone',
    ]);
    expect(wrongHistories(received(removed), [['algebra', [ada]]], contextIds)).toEqual([
      'event 2: bob of course algebra is removed, and was not there',
      'course algebra: no event says that ada is there',
    ]);
  });

  it('find a score that is lost, and one that an older one has replaced', () => {
    const wanted = new Map([
      ['quiz ada', 2],
      ['quiz bob', 3],
    ]);
    expect(wrongScores(wanted, [['quiz ada', 1]])).toEqual([
      'the score of quiz ada is 1, not 2',
      'the score of quiz bob is undefined, not 3',
    ]);
  });
});
