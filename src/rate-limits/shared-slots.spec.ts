import { type DataSource } from 'typeorm';
import { FakeClock } from '../testing/fake-clock.js';
import { RateLimiter } from './rate-limiter.js';
import { SharedSlots } from './shared-slots.js';
import { WaitBudget } from './cooldown.js';
import { until } from '../../test/support/until.js';

const ORIGIN = 'https://lms.example';
const LIMIT = { concurrency: 4, perSecond: undefined };
const TIMES = { renewalMs: 20, termMs: 100, idleMs: 50, turnMs: 50 };

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('sends no query to the database when it answers after the requests went on without it', async () => {
  let queries = 0;
  let answer!: () => void;
  const hung = new Promise<void>((resolve) => (answer = resolve));
  const dataSource = {
    query: async (statement: string) => {
      queries += 1;
      await hung;
      await delay(1);
      const isRead = statement.includes('AS turn');
      const user = { processId: 'other', wanted: 1, sent: null, concurrency: 4, perSecond: null };
      return isRead ? [{ origin: ORIGIN, users: [user], held: [], turn: 0, refusal: null }] : [];
    },
  } as unknown as DataSource;
  const clock = new FakeClock();
  const shared = new SharedSlots(LIMIT, clock, dataSource, TIMES);
  const limiter = new RateLimiter(ORIGIN, { limit: LIMIT, clock, random: () => 0, shared });
  const budget = new WaitBudget(clock, new URL(ORIGIN), 1000, undefined);
  await expect(limiter.run(() => Promise.resolve('sent'), budget)).resolves.toBe('sent');
  // The platform has no requests any more, and the answer is older than the term of its slots.
  answer();
  await delay(50);
  const queriesBefore = queries;
  await delay(200);
  expect(queries - queriesBefore).toBeLessThan(5);
  await shared.close();
});

it('removes no process after a renewal that took so long that the others may not have been able to renew, either', async () => {
  let answer!: () => void;
  let renewals = 0;
  const removals: number[] = [];
  const hung = new Promise<void>((resolve) => (answer = resolve));
  const dataSource = {
    query: async (statement: string) => {
      if (statement.includes('INSERT INTO nest_lti.rate_limit_user')) renewals += 1;
      if (statement.includes('DELETE FROM nest_lti.rate_limit_user')) removals.push(renewals);
      if (renewals === 1) await hung;
      const user = { processId: shared.processId, wanted: 1, sent: null, concurrency: 4, perSecond: null };
      const isRead = statement.includes('AS turn');
      return isRead ? [{ origin: ORIGIN, users: [user], held: [1, 2, 3, 4], turn: 0, refusal: null }] : [];
    },
  } as unknown as DataSource;
  const clock = new FakeClock();
  const shared = new SharedSlots(LIMIT, clock, dataSource, { ...TIMES, idleMs: 5000 });
  const limiter = new RateLimiter(ORIGIN, { limit: LIMIT, clock, random: () => 0, shared });
  const budget = new WaitBudget(clock, new URL(ORIGIN), 1000, undefined);
  const sent = limiter.run(() => Promise.resolve('sent'), budget);
  // Longer than half a term; the request has not waited long enough to go on without the database.
  await delay(TIMES.termMs);
  answer();
  await expect(sent).resolves.toBe('sent');
  await until('a removal', () => Promise.resolve(removals[0]));
  expect(removals[0]).toBeGreaterThan(1);
  await shared.close();
});
