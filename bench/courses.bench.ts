import { BenchPostgres } from './bench-postgres.js';
import { BenchService, STATEMENT_COUNTER } from './bench-service.js';
import { ContestantProcess } from './contestant-process.js';
import { median } from './median.js';
import { type Bar, type Row, rowOf } from './row.js';
import { type MeasuredSync, type RosterRequests, SyncedCourses } from './synced-courses.js';

const CASE = 'courses';
const PROCESSES = 4;
const COURSES = 1000;
const MEMBERS = 50;
const UNCHANGED_ROUNDS = 3;

/** Many courses on one platform, by several processes of the service. */
export async function* coursesBench(): AsyncGenerator<Row> {
  const postgres = await BenchPostgres.start();
  const rosters = await ContestantProcess.start('rosters.mjs');
  const services: BenchService[] = [];
  let courses: SyncedCourses | undefined;
  try {
    const databaseUrl = await postgres.createDatabase('courses');
    for (let nth = 0; nth < PROCESSES; nth += 1) {
      services.push(await BenchService.start(databaseUrl, { preload: [STATEMENT_COUNTER] }));
    }
    const size = { courses: COURSES, members: MEMBERS };
    courses = await SyncedCourses.prepare(services, rosters, databaseUrl, size);
    yield* rowsOf(courses, rosters);
  } finally {
    await courses?.stop();
    for (const service of services) await service.stop();
    await rosters.stop();
    await postgres.stop();
  }
}

async function* rowsOf(courses: SyncedCourses, rosters: ContestantProcess): AsyncGenerator<Row> {
  const first = await measure(courses, 1);
  yield countRow('first-token-requests', first.tokenRequests, 'requests', { atMost: 1 });
  yield countRow('first-requests', first.rosterRequests / COURSES, 'per course', { atMost: 1 });
  yield countRow('first-members-written', first.memberRows, 'rows', { atLeast: COURSES * MEMBERS });
  yield countRow('first', median(first.rates), 'courses per s', null);

  const unchanged = await measure(courses, UNCHANGED_ROUNDS);
  yield countRow('unchanged-members-written', unchanged.memberRows, 'rows', { atMost: 0 });
  yield countRow('unchanged-token-requests', unchanged.tokenRequests, 'requests', { atMost: 0 });
  yield countRow('unchanged-statements', unchanged.statements, 'per course', { atMost: 3 });
  const { rates } = unchanged;
  yield rowOf({ case: CASE, name: 'unchanged', value: median(rates), unit: 'courses per s', rounds: rates });

  await rosters.call('offerDifferences');
  await courses.sync();
  await rosters.call('change');
  const changed = await measure(courses, 1);
  const requests = changed.differencesRequests / COURSES;
  yield countRow('differences-requests', requests, 'per course', { atMost: 1 });
  yield countRow('differences-whole-rosters', changed.rosterRequests, 'requests', { atMost: 0 });
  yield countRow('differences-members-written', changed.memberRows, 'rows', { atLeast: COURSES });
  yield countRow('differences', median(changed.rates), 'courses per s', null);
}

interface Measured extends RosterRequests {
  rates: number[];
  statements: number;
  memberRows: number;
}

async function measure(courses: SyncedCourses, rounds: number): Promise<Measured> {
  const syncs: MeasuredSync[] = [];
  const memberRows = await courses.memberRows(async () => {
    for (let nth = 0; nth < rounds; nth += 1) syncs.push(await courses.sync());
  });
  const sum = (of: keyof RosterRequests): number =>
    syncs.reduce((all, { requests }) => all + requests[of], 0);
  return {
    memberRows,
    rates: syncs.map(({ coursesPerS }) => coursesPerS),
    statements: Math.max(...syncs.map(({ statements }) => statements)),
    tokenRequests: sum('tokenRequests'),
    rosterRequests: sum('rosterRequests'),
    differencesRequests: sum('differencesRequests'),
  };
}

function countRow(name: string, value: number, unit: string, bar: Bar | null): Row {
  return rowOf({ case: CASE, name, value, unit, ...(bar !== null && { bar }) });
}
