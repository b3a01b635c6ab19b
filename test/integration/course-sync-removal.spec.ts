import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { SyncRunTakenOver } from '../../src/course-syncs/course-sync.errors.js';
import { CourseSyncService } from '../../src/course-syncs/course-sync.service.js';
import { RosterWriterService } from '../../src/course-syncs/roster-writer.service.js';
import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { RequestTally, type SyncReading } from '../../src/course-syncs/sync-reading.js';
import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { type FamilyName, type FaultInput } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const MEMBERS = 60;
const DAY_MS = 86_400_000;

describe('members that a roster does not show', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  /** A platform of another family, for one test. */
  let other: SyncedPlatform | undefined;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti, { family: 'brightspace' });
  });
  afterEach(async () => {
    synced.platform.faults.clear();
    await other?.stop();
    other = undefined;
  });
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  const start = async (family: FamilyName) => (other = await SyncedPlatform.start(lti, { family }));
  /** A course of 60 members on one page, synced once. */
  const syncedCourse = async (): Promise<SyncedCourse> => {
    const course = await synced.addCourse(MEMBERS);
    await synced.sync(course);
    return course;
  };
  const fault = ({ lms }: SyncedCourse, input: FaultInput) =>
    synced.platform.faults.add({ ...input, course: lms.contextId });
  const half = { kind: 'partial-roster', missing: 0.5, times: 'always' } as const;
  const empty = { kind: 'empty-roster', times: 'always' } as const;

  /** A sync that the scheduler requests. */
  const scheduled = async ({ id }: SyncedCourse): Promise<SyncRunView> => {
    await lti.app
      .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE))
      .query('UPDATE nest_lti.course SET next_sync_at = $2 WHERE id = $1', [id, lti.clock.now()]);
    const runs = await lti.app.get(CourseSyncService).syncDue();
    const run = runs.find(({ courseId }) => courseId === id);
    return synced.untilEnded(run!.id);
  };

  it('are removed without a deadlock while another process, which has taken the run over, writes the same member', async () => {
    const course = await syncedCourse();
    const [userId] = idsOf(course);
    const dataSource = lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE));
    const runs = lti.app.get(SyncRunRepository, { strict: false });
    const [id, courseId] = [randomUUID(), course.id];
    await dataSource.query(
      `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated, removed,
         unchanged, token_requests, created_at)
       VALUES ($1, $2, $3, 'request', 'running', 1, 0, 0, 0, 0, 0, 0, now())`,
      [id, courseId, synced.registrationId],
    );
    const run = await runs.get(id);
    const reading = { run, course: { id: courseId }, tally: new RequestTally() } as unknown as SyncReading;
    const other = dataSource.createQueryRunner();
    try {
      await other.startTransaction();
      // The locks of WRITE_PAGE, in its order: the run, then the member.
      await other.query('UPDATE nest_lti.sync_run SET attempt = 2 WHERE id = $1', [id]);
      const removal = lti.app.get(RosterWriterService, { strict: false }).remove(reading, [userId ?? '']);
      const outcome = removal.then(
        () => 'removed',
        (error: unknown) => (error instanceof SyncRunTakenOver ? 'taken over' : String(error)),
      );
      await until('the removal waits for the run', async () => {
        const waiting = await dataSource.query<unknown[]>(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting.length > 0 ? true : undefined;
      });
      await other.query('UPDATE nest_lti.membership SET name = name WHERE course_id = $1 AND user_id = $2', [
        courseId,
        userId,
      ]);
      await other.commitTransaction();
      expect(await outcome).toBe('taken over');
      expect(await synced.memberIds(course)).toContain(userId);
    } finally {
      await other.release();
      await runs.cancel({ courseId }, 'The test has ended.');
    }
  });

  it('are not removed before the last page has arrived', async () => {
    const canvas = await start('canvas');
    const course = await canvas.addCourse(120);
    await canvas.sync(course);
    const before = idsOf(course);
    course.lms.removeMember('user-00001');
    const added = course.lms.addMember({}, 0);
    canvas.platform.faults.add({ kind: 'html', on: 'memberships', after: 2 });

    expect(await canvas.sync(course)).toMatchObject({
      status: 'failed',
      counts: { added: 1, removed: 0, pages: 2 },
      error: { code: 'memberships_unreadable' },
    });
    expect(await canvas.memberIds(course)).toEqual([...before, added.userId].sort());
  });

  it('are not removed when the roster is empty, however often that is read', async () => {
    const course = await syncedCourse();
    fault(course, empty);
    for (let reading = 1; reading <= 3; reading += 1) {
      expect(await synced.sync(course)).toMatchObject({
        status: 'suspicious',
        counts: { removed: 0, unchanged: 0, pages: 1 },
        error: {
          code: 'roster_suspicious',
          message:
            'The platform sent an empty roster for a course of 60 members. No member was removed. ' +
            'If the course really is empty, delete it here.',
        },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    }
  });

  it('are not removed when the roster is empty, even if they are few', async () => {
    const course = await synced.addCourse(3);
    await synced.sync(course);
    fault(course, empty);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(3);
  });

  it('are not removed when half are missing, and the run says what was found and what happens next', async () => {
    const course = await syncedCourse();
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({
      status: 'suspicious',
      counts: { added: 0, updated: 0, removed: 0, unchanged: 30 },
      error: {
        code: 'roster_suspicious',
        message:
          'The platform left out 30 of 60 members. No member was removed. They will be removed if a ' +
          'reading at least 24 hours later, or the next sync that you start, finds the same.',
      },
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are removed by a scheduled reading that agrees 24 hours later, and not earlier', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 40);
    expect(await scheduled(course)).toMatchObject({ status: 'suspicious', trigger: 'schedule' });
    lti.clock.advance(DAY_MS - 1);
    expect(await scheduled(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    lti.clock.advance(1);
    expect(await scheduled(course)).toMatchObject({ status: 'completed', counts: { removed: 40 } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are removed when the next reading that an operator starts agrees', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 40);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 40, unchanged: 20 },
      error: null,
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are removed when the next complete reading agrees and lacks a few more', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 40);
    await synced.sync(course);
    course.lms.members.splice(0, 5);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 45 } });
  });

  it('stay when the next reading shows them again', async () => {
    const course = await syncedCourse();
    fault(course, { ...half, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 0 } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are counted from the beginning when a reading in between showed them', async () => {
    const course = await syncedCourse();
    fault(course, { ...half, times: 1 });
    await synced.sync(course);
    await synced.sync(course);
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
  });

  it('stay when the next reading lacks other members', async () => {
    const course = await syncedCourse();
    const everybody = [...course.lms.members];
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    course.lms.members = everybody.slice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(MEMBERS);
  });

  it('are not decided about by a reading that failed', async () => {
    const course = await syncedCourse();
    fault(course, { kind: 'html' });
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'failed', counts: { pages: 0 } });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
  });

  it('are not decided about by an empty roster: a later reading without half of them counts as the first', async () => {
    const course = await syncedCourse();
    fault(course, { ...empty, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(MEMBERS);
  });

  it('keep their verdict when an empty roster comes in between', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    fault(course, { ...empty, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 30 } });
  });

  it.each([
    ['five of seven', 7, 5],
    ['a fifth', 60, 12],
  ])('are removed at once when they are %s', async (_, members, leaving) => {
    const course = await synced.addCourse(members);
    await synced.sync(course);
    course.lms.members.splice(0, leaving);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: leaving } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('need a second reading when they are one more than a fifth', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 13);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
  });

  describe('of several pages', () => {
    const PAGED = 3000;
    const pagedCourse = async (): Promise<SyncedCourse> => {
      const course = await synced.addCourse(PAGED);
      await synced.sync(course);
      return course;
    };
    const leaveMeanwhile = (course: SyncedCourse, times: number, after = 0) =>
      fault(course, { kind: 'shift', change: 'remove', times, after });

    it('are removed exactly when they left: three, while a roster of 3,000 was read', async () => {
      const course = await pagedCourse();
      leaveMeanwhile(course, 3);
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 0, removed: 3, pages: 18, unchanged: 2997 },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    });

    it('are removed if they had left before, after one more reading in the same run', async () => {
      const course = await pagedCourse();
      course.lms.members.splice(700, 3);
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { removed: 3, pages: 12 },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    });

    it('stay when none of them left: an unchanged roster is read once', async () => {
      const course = await pagedCourse();
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { removed: 0, pages: 6, unchanged: PAGED },
      });
    });

    it('stay while they are enrolled, though members leave during every reading', async () => {
      const course = await pagedCourse();
      leaveMeanwhile(course, 17);
      expect(await synced.sync(course)).toMatchObject({ status: 'completed' });
      const left = await synced.memberIds(course);
      for (const { userId } of course.lms.members) expect(left).toContain(userId);
      expect(await synced.sync(course)).toMatchObject({ status: 'completed' });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    });

    it('are removed by a later run when only the last reading of this one lacked them', async () => {
      const course = await pagedCourse();
      course.lms.members.splice(2900, 1);
      leaveMeanwhile(course, 1, 6);
      leaveMeanwhile(course, 1, 11);
      expect(await synced.sync(course)).toMatchObject({ status: 'completed' });
      const left = await synced.memberIds(course);
      for (const { userId } of course.lms.members) expect(left).toContain(userId);
      expect(await synced.sync(course)).toMatchObject({ status: 'completed' });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    });

    it('are removed at once when the platform says Deleted', async () => {
      const course = await pagedCourse();
      course.lms.members[1500]!.status = 'Deleted';
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { removed: 1, pages: 6 },
      });
    });

    it('need another run when they are more than a fifth, after one reading', async () => {
      const course = await pagedCourse();
      course.lms.members.splice(0, 700);
      expect(await synced.sync(course)).toMatchObject({
        status: 'suspicious',
        counts: { removed: 0, pages: 5 },
      });
      expect(await synced.members(course)).toHaveLength(PAGED);
    });
  });

  it('of Moodle are removed at once, since its roster comes in one answer', async () => {
    const moodle = await start('moodle');
    const course = await moodle.addCourse(1200);
    expect(await moodle.sync(course)).toMatchObject({ counts: { added: 1200, pages: 1 } });
    course.lms.members.splice(699, 1);
    expect(await moodle.sync(course)).toMatchObject({ counts: { removed: 1, pages: 1 } });
  });

  it('are removed when the platform lists them with the status Deleted outside of differences', async () => {
    const course = await syncedCourse();
    course.lms.members[0]!.status = 'Deleted';
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 1, unchanged: 59 },
    });
    expect(await synced.memberIds(course)).not.toContain('user-00001');
  });
});
