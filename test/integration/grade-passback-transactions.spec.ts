import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { GradePassbackService } from '../../src/grade-passback/grade-passback.service.js';
import { type OutboxScoreInput } from '../../src/grade-passback/outbox.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let lti: LtiTestApp;
let scene: PassbackScene;
/** A table of the embedder. */
let theirs: DataSource;
let passback: GradePassbackService;
let course: GradedCourse;
beforeAll(async () => {
  database = await createMigratedDatabase();
  lti = await LtiTestApp.start({ database: { url: database.url } });
  scene = await PassbackScene.start(lti);
  theirs = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await theirs.query('CREATE TABLE attempt (words text NOT NULL)');
  passback = lti.app.get(GradePassbackService, { strict: false });
  // No tick runs, so only the job of the commit can send a score.
  lti.app.get(SchedulerRegistry).deleteInterval('nest-lti.grade-passback');
});
beforeEach(async () => {
  course = await scene.addCourse();
});
afterAll(async () => {
  await theirs.destroy();
  await scene.stop();
  await lti.stop();
  await database.drop();
});

const student = (nth: number): string => String(nth);

function score(nth: number, changes: Partial<OutboxScoreInput> = {}): OutboxScoreInput {
  return { lineItemId: course.item.url, userId: student(nth), scoreGiven: nth, scoreMaximum: 20, ...changes };
}

const given = (nth: number): number | undefined => course.item.entry(student(nth))?.scoreGiven;
const statuses = async (): Promise<[string, string][]> =>
  (await scene.scores(course)).map(({ userId, status }) => [userId, status]);

/** Sends a score of another user, and with it all scores that had a job. */
async function sendAnother(nth: number): Promise<void> {
  await passback.enqueue(course.id, score(nth));
  await until('another score posted', () => Promise.resolve(given(nth)));
  await until('no job is left', async () => {
    const jobs = await theirs.query<unknown[]>(
      "SELECT FROM nest_lti_jobs.job WHERE state IN ('active', 'waiting')",
    );
    return jobs.length === 0 ? true : undefined;
  });
}

describe("a score in the embedder's transaction", () => {
  it('is sent once that is committed, and not before', async () => {
    await theirs.transaction(async (manager) => {
      await manager.query(`INSERT INTO attempt VALUES ('committed')`);
      await passback.enqueue(course.id, score(2), { manager });
      await sendAnother(3);
      expect(await statuses()).toEqual([[student(3), 'posted']]);
    });
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted' }, { status: 'posted' }]);
    expect(given(2)).toBe(2);
  });

  it('is never there when that is rolled back', async () => {
    const failing = theirs.transaction(async (manager) => {
      await passback.enqueue(course.id, score(2), { manager });
      throw new Error('of the embedder');
    });
    await expect(failing).rejects.toThrow('of the embedder');
    await sendAnother(3);
    expect(await statuses()).toEqual([[student(3), 'posted']]);
    expect(given(2)).toBeUndefined();
  });

  it('goes with the savepoint that it was in', async () => {
    await theirs.transaction(async (manager) => {
      await passback.enqueue(course.id, score(2), { manager });
      await manager.transaction((inner) => passback.enqueue(course.id, score(3), { manager: inner }));
      const failing = manager.transaction(async (inner) => {
        await passback.enqueue(course.id, score(4), { manager: inner });
        throw new Error('of the savepoint');
      });
      await expect(failing).rejects.toThrow('of the savepoint');
    });
    await scene.untilScores(course, (scores) => scores.length === 2 && scores.every(isPosted));
    expect([given(2), given(3), given(4)]).toEqual([2, 3, undefined]);
  });

  it('goes with the whole, even if its own savepoint was kept', async () => {
    const failing = theirs.transaction(async (manager) => {
      await manager.transaction((inner) => passback.enqueue(course.id, score(2), { manager: inner }));
      throw new Error('of the embedder');
    });
    await expect(failing).rejects.toThrow('of the embedder');
    expect(await statuses()).toEqual([]);
  });

  it('is sent from a data source that was closed and opened again', async () => {
    await theirs.destroy();
    await theirs.initialize();
    await theirs.transaction((manager) => passback.enqueue(course.id, score(2), { manager }));
    await scene.untilScores(course, (scores) => scores.every(isPosted));
  });

  it('of a manager without a transaction is sent at once', async () => {
    await passback.enqueue(course.id, score(2), { manager: theirs.manager });
    const runner = theirs.createQueryRunner();
    await passback.enqueue(course.id, score(3), { manager: runner.manager });
    await runner.release();
    await scene.untilScores(course, (scores) => scores.length === 2 && scores.every(isPosted));
  });

  it('is refused on a database that is not ours, and says so', async () => {
    const other = await createTestDatabase();
    const elsewhere = await new DataSource({ type: 'postgres', url: other.url }).initialize();
    const enqueue = elsewhere.transaction((manager) => passback.enqueue(course.id, score(2), { manager }));
    await expect(enqueue).rejects.toMatchObject({ code: 'outbox_elsewhere' });
    await elsewhere.destroy();
    await other.drop();
  });

  it("is refused on another installation's database: our course is not there", async () => {
    const enqueue = theirs.transaction(async (manager) => {
      await manager.query('DELETE FROM nest_lti.course WHERE id = $1', [course.id]);
      await passback.enqueue(course.id, score(2), { manager });
    });
    await expect(enqueue).rejects.toMatchObject({ code: 'outbox_elsewhere' });
  });
});

describe('a transaction that takes long', () => {
  it('stands in the way of no other score of its line item; of a user the later arrival stays', async () => {
    await theirs.transaction(async (manager) => {
      await passback.enqueueAll(course.id, [score(2), score(3)], { manager });
      await sendAnother(4);
      await passback.enqueue(course.id, score(3, { scoreGiven: 19 }));
      await until('the later score posted', () => Promise.resolve(given(3)));
    });
    const scores = await scene.untilScores(course);
    expect(scores.map(({ userId, status }) => [userId, status])).toEqual([
      [student(2), 'posted'],
      [student(3), 'superseded'],
      [student(4), 'posted'],
      [student(3), 'posted'],
    ]);
    expect([given(2), given(3)]).toEqual([2, 19]);
  });

  it('and ends after its course was deleted leaves no score that stands in the way of other courses', async () => {
    const other = await scene.addCourse();
    let id = '';
    await theirs.transaction(async (manager) => {
      id = await passback.enqueue(course.id, score(2), { manager });
      await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    });
    await scene.enqueue(other, { userId: student(2), scoreGiven: 1 });
    expect(await scene.untilScores(other)).toMatchObject([{ status: 'posted' }]);
    expect(await passback.get(id)).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', message: 'The course was deleted.' },
    });
  });
});

describe('the same idempotency key in two transactions at once', () => {
  const keyed = (nth: number, idempotencyKey: string): OutboxScoreInput => score(nth, { idempotencyKey });
  const untilBlocked = () =>
    until('a session that waits for the other', async () => {
      const waiting = await theirs.query<unknown[]>(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0 ? true : undefined;
    });

  it('is the score of the one that is committed first', async () => {
    let first = '';
    let second: Promise<string> | undefined;
    await theirs.transaction(async (manager) => {
      first = await passback.enqueue(course.id, keyed(2, 'a'), { manager });
      second = theirs.transaction((other) => passback.enqueue(course.id, keyed(2, 'a'), { manager: other }));
      await untilBlocked();
    });
    expect(await second).toBe(first);
    expect(await scene.scores(course)).toHaveLength(1);
  });

  it('is the score of the second one where the first is rolled back', async () => {
    let second: Promise<string> | undefined;
    const failing = theirs.transaction(async (manager) => {
      await passback.enqueue(course.id, keyed(2, 'a'), { manager });
      second = passback.enqueue(course.id, keyed(2, 'a'));
      await untilBlocked();
      throw new Error('of the embedder');
    });
    await expect(failing).rejects.toThrow('of the embedder');
    expect(await scene.untilScores(course)).toMatchObject([{ id: await second, status: 'posted' }]);
  });

  it('does no harm where each waits for the other: who has no transaction of his own begins again', async () => {
    const [one, other] = [keyed(2, 'a'), keyed(3, 'b')];
    let request: Promise<{ status: string }[]> | undefined;
    const transaction = theirs.transaction(async (manager) => {
      // PostgreSQL aborts the transaction whose deadlock_timeout ends first.
      await manager.query(`SET LOCAL deadlock_timeout = '10s'`);
      await passback.enqueue(course.id, other, { manager });
      request = passback.enqueueAll(course.id, [one, other]);
      await untilBlocked();
      await passback.enqueue(course.id, one, { manager });
    });
    // On a very slow machine the other transaction is aborted.
    const [{ status: ended }] = await Promise.allSettled([transaction]);
    const verdict = ended === 'fulfilled' ? 'duplicate' : 'accepted';
    expect((await request)?.map(({ status }) => status)).toEqual([verdict, verdict]);
    await scene.untilScores(course, (scores) => scores.length === 2 && scores.every(isPosted));
  });
});

function isPosted({ status }: { status: string }): boolean {
  return status === 'posted';
}
