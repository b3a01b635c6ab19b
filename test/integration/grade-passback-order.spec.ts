import { type OutboxScoreInput, type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { type DueLineItem, OutboxRepository } from '../../src/grade-passback/outbox.repository.js';
import { GradePassbackService } from '../../src/grade-passback/grade-passback.service.js';
import { Leases } from '../../src/database/leases.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { LtiTestApp } from '../support/lti-app.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
const USER = '2';

let lti: LtiTestApp;
let scene: PassbackScene;
let passback: GradePassbackService;
let course: GradedCourse;
beforeAll(async () => {
  lti = await LtiTestApp.start({ gradePassback: { keepFor: '30d' } });
  scene = await PassbackScene.start(lti, { family: 'moodle' });
  passback = lti.app.get(GradePassbackService, { strict: false });
});
beforeEach(async () => {
  course = await scene.addCourse();
  scene.lms.scoreTraffic.reset();
});
afterAll(async () => {
  await scene.stop();
  await lti.stop();
});

const now = (ms = 0): Date => new Date(lti.clock.nowMs() + ms);
const statuses = (scores: OutboxScoreView[]): string[] => scores.map(({ status }) => status);

function score(scoreGiven: number | null, changes: Partial<OutboxScoreInput> = {}): OutboxScoreInput {
  return { lineItemId: course.item.url, userId: USER, scoreGiven, scoreMaximum: 20, ...changes };
}

it('posts what is in a score as it came, signs of all kinds too', async () => {
  const comment = 'a\0b \ud83d "\n" \u{1F600}';
  const extensions = { 'https://tool.example.edu/x': { 'a\0': ['\udc00', null, 1.5] } };
  await passback.enqueue(course.id, score(5, { comment, extensions }));
  expect(statuses(await scene.untilScores(course))).toEqual(['posted']);
  expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 5, comment, lastScore: extensions });
});

it('clears a grade where the newest score says so', async () => {
  await passback.enqueue(course.id, score(5));
  await scene.untilScores(course);
  await passback.enqueue(course.id, score(null));
  expect(statuses(await scene.untilScores(course))).toEqual(['posted', 'posted']);
  expect(course.item.entry(USER)?.scoreGiven).toBeUndefined();
});

describe('of the scores of a user', () => {
  it('from two callers at once, the newest is there in the end, and never two were on their way', async () => {
    const rounds = 40;
    const callers = [0, 1].map(async (caller) => {
      for (let nth = 0; nth < rounds; nth += 1) {
        const timestamp = now(2 * nth + caller - 1000);
        await passback.enqueue(course.id, score(nth / 4, { timestamp, scoringUserId: `caller ${caller}` }));
      }
    });
    await Promise.all(callers);
    const scores = await scene.untilScores(course);
    expect(scores).toHaveLength(2 * rounds);
    expect(new Set(statuses(scores))).toEqual(new Set(['posted', 'superseded']));
    expect(course.item.entry(USER)).toMatchObject({
      scoreGiven: (rounds - 1) / 4,
      lastScore: { scoringUserId: 'caller 1' },
    });
    const { mostInFlightForOne, overlapping } = scene.lms.scoreTraffic;
    expect([mostInFlightForOne, overlapping]).toEqual([1, []]);
    // By Moodle's rule, each posted score is later than the one before.
    expect(course.item.entry(USER)?.accepted).toBe(statuses(scores).filter((one) => one === 'posted').length);
  });

  it('an older one that comes late never replaces a newer one', async () => {
    await passback.enqueue(course.id, score(9, { timestamp: now(-1000) }));
    await scene.untilScores(course);
    await passback.enqueue(course.id, score(1, { timestamp: now(-1001) }));
    await passback.enqueue(course.id, score(2, { timestamp: new Date('1969-07-20T20:17:40Z') }));
    expect(statuses(await scene.untilScores(course))).toEqual(['posted', 'superseded', 'superseded']);
    expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 9, accepted: 1 });
    await passback.enqueue(course.id, score(3));
    await scene.untilScores(course);
    expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 3, accepted: 2 });
  });

  it('one that says it is later waits for none that has no timestamp, and gives way to it', async () => {
    await scene.enqueue(
      course,
      { userId: USER, scoreGiven: 1, timestamp: now(60_000).toISOString() },
      { userId: USER, scoreGiven: 2 },
      { userId: USER, scoreGiven: 3, timestamp: now(59_000).toISOString() },
    );
    expect(statuses(await scene.untilScores(course))).toEqual(['superseded', 'posted', 'superseded']);
    expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 2 });
  });

  it('an old one is posted where it is the only one', async () => {
    await passback.enqueue(course.id, score(4, { timestamp: '1969-07-20T20:17:40Z' }));
    expect(await scene.untilScores(course)).toMatchObject([
      { status: 'posted', timestamp: '1969-07-20T20:17:40.000Z' },
    ]);
  });

  it('the newest stays the newest after a rejected one was sent again', async () => {
    await scene.enqueue(course, { userId: '901', scoreGiven: 1 });
    const [rejected] = await scene.untilScores(course);
    course.lms.addMember({ userId: '901' });
    await scene.enqueue(course, { userId: '901', scoreGiven: 2 });
    await scene.untilScores(course);
    await passback.retry(rejected?.id ?? '');
    expect(statuses(await scene.untilScores(course))).toEqual(['superseded', 'posted']);
    expect(course.item.entry('901')).toMatchObject({ scoreGiven: 2, accepted: 1 });
  });
});

const CLAIM = { family: 'moodle', limit: 50, order: 'due' } as const;

/** The line item of this test's course. Another course of the registration may still have scores that are due. */
async function dueLineItem(outbox: OutboxRepository): Promise<DueLineItem> {
  const nothing = { lineItemKeys: [], courseIds: [], origins: [] };
  const due = await outbox.dueLineItems(scene.registrationId, nothing, { limit: 50, order: 'due' });
  const lineItem = due.find(({ courseId }) => courseId === course.id);
  if (lineItem === undefined) throw new Error('The line item of the course is not due.');
  return lineItem;
}

/** Suspends the deliveries of the service by a fault instead of the pause: a claim of the test's own finds the scores again. */
async function suspendInsteadOfPause(): Promise<void> {
  await dataSourceOf(lti).query(
    `UPDATE nest_lti.passback_suspension SET cause = 'failing', failures = 1, retry_at = $2
     WHERE registration_id = $1 AND cause = 'operator'`,
    [scene.registrationId, new Date(lti.clock.nowMs() + DAY_MS)],
  );
}

it('the timestamp that was last sent never goes back, though another transaction writes a later one meanwhile', async () => {
  await passback.enqueue(course.id, score(1));
  await scene.untilScores(course);
  await passback.pause(scene.registrationId);
  lti.clock.advance(10_000);
  await passback.enqueue(course.id, score(2));
  const outbox = lti.app.get(OutboxRepository, { strict: false });
  const lineItem = await dueLineItem(outbox);
  await suspendInsteadOfPause();
  const later = new Date(lti.clock.nowMs() + 3_600_000);
  const where = `line_item_key = '${lineItem.lineItemKey}' AND user_id = '${USER}'`;
  await lti.app.get(Leases, { strict: false }).tryHold('another test', { termMs: 5000 }, async (lease) => {
    const claiming = await dataSourceOf(lti).transaction(async (manager) => {
      await manager.query(`UPDATE nest_lti.last_score SET sent_timestamp = $1 WHERE ${where}`, [later]);
      const claim = outbox.claim(lease, lineItem, CLAIM);
      await until('the claim that waits for the row', async () => {
        const waiting = await dataSourceOf(lti).query<unknown[]>(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%last_score%' AND datname = current_database()`,
        );
        return waiting.length > 0 || undefined;
      });
      return [claim];
    });
    await Promise.all(claiming);
  });
  const [last] = await dataSourceOf(lti).query<{ sent_timestamp: Date }[]>(
    `SELECT sent_timestamp FROM nest_lti.last_score WHERE ${where}`,
  );
  expect(last?.sent_timestamp).toEqual(later);
  await passback.resume(scene.registrationId);
  await scene.untilScores(course);
});

it('a score whose sender was killed between sending and settling is posted: the platform calls it stale, as it has it', async () => {
  await passback.pause(scene.registrationId);
  await passback.enqueue(course.id, score(7));
  const outbox = lti.app.get(OutboxRepository, { strict: false });
  const lineItem = await dueLineItem(outbox);
  await suspendInsteadOfPause();
  const { scoreRequests } = scene.lms.counts;
  let sentAt = '';
  await lti.app
    .get(Leases, { strict: false })
    .tryHold('a killed process', { termMs: 5000 }, async (lease) => {
      const [claimed] = await outbox.claim(lease, lineItem, CLAIM);
      sentAt = claimed!.timestamp.toISOString();
      course.item.setScore({ userId: USER, scoreGiven: 7, scoreMaximum: 20, timestamp: sentAt });
    });
  await passback.resume(scene.registrationId);
  expect(await scene.untilScores(course)).toMatchObject([
    { status: 'posted', attempts: 2, timestamp: sentAt, error: null },
  ]);
  expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);
  expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 7, timestamp: sentAt });
});

it('a process that has lost its lease takes no score to be sent, and settles none', async () => {
  await passback.pause(scene.registrationId);
  const id = await passback.enqueue(course.id, score(5));
  const outbox = lti.app.get(OutboxRepository, { strict: false });
  const lineItem = await dueLineItem(outbox);
  const isHeld = await lti.app
    .get(Leases, { strict: false })
    .tryHold('a test', { termMs: 5000 }, async (lease) => {
      await dataSourceOf(lti).query('DELETE FROM nest_lti.lease');
      await expect(outbox.claim(lease, lineItem, CLAIM)).rejects.toMatchObject({ code: 'lease_lost' });
      const posted = { id, status: 'posted', maybeSent: false, stale: 0, forgetTimestamp: false } as const;
      const known = { failingSince: null, fault: null, failedAlone: 0, refusedCall: null };
      const settlement = { ...posted, ...known, errorCode: null, message: null };
      const findings = { lineItem, hasPosted: true, undecided: undefined };
      await expect(outbox.settle(lease, [settlement], findings)).rejects.toMatchObject({
        code: 'lease_lost',
      });
    });
  expect(isHeld).toBeDefined();
  expect(await passback.get(id)).toMatchObject({ status: 'pending', attempts: 0, timestamp: null });
  await passback.resume(scene.registrationId);
  await scene.untilScores(course);
});

describe('what was settled', () => {
  /** By a delivery that began before the pause. */
  const claimed = async (): Promise<unknown[]> => {
    const outbox = lti.app.get(OutboxRepository, { strict: false });
    const lineItem = await dueLineItem(outbox);
    const found: unknown[] = [];
    await lti.app
      .get(Leases, { strict: false })
      .tryHold('an earlier delivery', { termMs: 5000 }, async (lease) => {
        found.push(...(await outbox.claim(lease, lineItem, CLAIM)));
      });
    return found;
  };

  it('is forgotten after a while, keys with it, but for what was rejected or still waits', async () => {
    const keyed = (idempotencyKey: string, userId = USER) => score(5, { idempotencyKey, userId });
    await passback.enqueue(course.id, keyed('posted'));
    await scene.untilScores(course);
    await passback.enqueueAll(course.id, [keyed('superseded'), keyed('newest'), keyed('rejected', '902')]);
    await scene.untilScores(course);
    await passback.pause(scene.registrationId);
    const cancelled = await passback.enqueue(course.id, keyed('cancelled', '3'));
    await passback.enqueue(course.id, keyed('pending', '4'));
    expect(await claimed()).toEqual([]);
    await passback.cancel(cancelled);
    const keysLeft = async () => (await scene.scores(course)).map(({ idempotencyKey }) => idempotencyKey);

    await scene.pass(30 * DAY_MS);
    expect(await keysLeft()).toHaveLength(6);
    await scene.pass(1);
    expect(await keysLeft()).toEqual(['rejected', 'pending']);
    const again = await passback.enqueueAll(course.id, [keyed('posted'), keyed('pending', '4')]);
    expect(again.map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
    await passback.resume(scene.registrationId);
    await scene.untilScores(course);
  });

  it('is still known as newer than one that comes later still', async () => {
    const timestamp = now();
    await passback.enqueue(course.id, score(7, { timestamp }));
    await scene.untilScores(course);
    await scene.pass(31 * DAY_MS);
    expect(await scene.scores(course)).toEqual([]);
    await passback.enqueue(course.id, score(1, { timestamp: new Date(timestamp.getTime() - 1) }));
    expect(statuses(await scene.untilScores(course))).toEqual(['superseded']);
    expect(course.item.entry(USER)).toMatchObject({ scoreGiven: 7, accepted: 1 });
  });
});
