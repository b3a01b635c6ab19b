import { setTimeout as delay } from 'node:timers/promises';
import { type FleetCourse, PassbackFleet } from '../support/passback-fleet.js';
import { type TokenProcess } from '../support/token-fleet.js';
import { until } from '../support/until.js';

/** Runs in real time, so it is skipped by default: `CHAOS_SECONDS=180 npx jest test/processes/token-deletions.spec.ts`. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 0);
const HEALTHY = 12;
const WITHDRAWN = 6;
const STUDENTS = 20;
const MINUTE_MS = 60_000;

interface Run {
  course_id: string;
  status: string;
  error_code: string | null;
}

const student = (nth: number): string => `user-${String(nth + 2).padStart(5, '0')}`;

(SECONDS > 0 ? describe : describe.skip)('4 processes whose tokens are deleted at the platform', () => {
  let fleet: PassbackFleet;
  beforeAll(async () => {
    fleet = await PassbackFleet.start({ courseSync: { every: 'never', concurrency: 4 } });
    await fleet.fill(4);
  }, 120_000);
  afterAll(() => fleet.stop());

  it(
    'fail no sync and suspend no score of a healthy course, and force at most one renewal a minute',
    async () => {
      const healthy: FleetCourse[] = [];
      const withdrawn: FleetCourse[] = [];
      for (let nth = 0; nth < HEALTHY; nth += 1) healthy.push(await fleet.addCourse(STUDENTS + 1));
      for (let nth = 0; nth < WITHDRAWN; nth += 1) withdrawn.push(await fleet.addCourse(STUDENTS + 1));
      for (const { contextId } of fleet.lms.courses.slice(HEALTHY)) fleet.lms.withdrawTool(contextId);

      const started = performance.now();
      const isOver = (): boolean => performance.now() - started > SECONDS * 1000;
      const requestedAt: number[] = [];
      const deletedAt: number[] = [];
      const suspended = new Set<string>();
      const anyProcess = (): TokenProcess => fleet.senders[Math.floor(Math.random() * fleet.senders.length)]!;
      const repeat = async (pauseMs: () => number, act: () => Promise<void> | void): Promise<void> => {
        while (!isOver()) {
          await delay(pauseMs());
          await act();
        }
      };
      const healthyIds = new Set(healthy.map(({ id }) => id));
      let given = 0;
      await Promise.all([
        repeat(
          () => 20,
          () => {
            while (requestedAt.length < fleet.lms.counts.tokenRequests)
              requestedAt.push(performance.now() - started);
          },
        ),
        repeat(
          () => 30_000 + Math.random() * 15_000,
          () => {
            deletedAt.push(performance.now() - started);
            fleet.lms.expireTokens();
          },
        ),
        repeat(
          () => 1000,
          () =>
            anyProcess()
              .tell('syncAll', 'tool')
              .then(() => undefined),
        ),
        repeat(
          () => 300,
          async () => {
            const course = [...healthy, ...withdrawn][given % (HEALTHY + WITHDRAWN)]!;
            await fleet.enqueue(course, [{ userId: student(given % STUDENTS), scoreGiven: (given += 1) }]);
          },
        ),
        repeat(
          () => 1000,
          async () => {
            for (const { subject, courseId, cause } of await fleet.suspensions()) {
              if (cause !== 'authentication' || subject === 'origin') continue;
              if (courseId === null || healthyIds.has(courseId))
                suspended.add(`${subject} ${String(courseId)}`);
            }
          },
        ),
      ]);

      // Waiting calls make their attempt.
      await until(
        'every score of a healthy course is posted',
        async () => {
          const rows = await fleet.sql<{ course_id: string }>(
            "SELECT course_id FROM nest_lti.outbox_score WHERE status NOT IN ('posted', 'superseded')",
          );
          return rows.every(({ course_id: id }) => !healthyIds.has(id)) || undefined;
        },
        3 * MINUTE_MS,
      );
      const runs = await fleet.sql<Run>('SELECT course_id, status, error_code FROM nest_lti.sync_run');
      const counts: Record<string, number> = {};
      for (const { course_id: id, status, error_code: code } of runs) {
        const name = `${healthyIds.has(id) ? 'healthy' : 'withdrawn'} ${status} ${code ?? ''}`.trim();
        counts[name] = (counts[name] ?? 0) + 1;
      }
      const seconds = (times: readonly number[]) => times.map((ms) => Math.round(ms / 100) / 10);
      console.info({
        deletedAt: seconds(deletedAt),
        requestedAt: seconds(requestedAt),
        runs: counts,
        scores: given,
      });

      expect(Object.keys(counts).filter((name) => name.startsWith('healthy failed'))).toEqual([]);
      expect([...suspended]).toEqual([]);
      expect(counts['withdrawn failed authentication_failed']).toBeGreaterThanOrEqual(WITHDRAWN);
      // The first one is not forced.
      const forced = requestedAt.slice(1);
      const gaps = forced.slice(1).map((at, nth) => at - forced[nth]!);
      // By the clock of the test, which may see a request a little late.
      expect(gaps.filter((ms) => ms < MINUTE_MS - 1000)).toEqual([]);
    },
    (SECONDS + 300) * 1000,
  );
});
