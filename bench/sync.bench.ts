import { BenchPostgres } from './bench-postgres.js';
import { BenchService, STATEMENT_COUNTER } from './bench-service.js';
import { ContestantProcess } from './contestant-process.js';
import { median } from './median.js';
import { type Row, rowOf, type RowInput } from './row.js';
import { type MeasuredSync, SyncedCourses } from './synced-courses.js';

const COURSES = 1000;
const MEMBERS = 50;
const ROUNDS = 5;

/** Courses in which nothing has changed, by one `POST /syncs`, in a service of one process. */
export async function* syncBench(): AsyncGenerator<Row> {
  const { rounds, memberRows } = await measure();
  const figure = (of: (round: MeasuredSync) => number): Pick<RowInput, 'value' | 'rounds' | 'case'> => {
    const figures = rounds.map(of);
    return { case: 'sync', value: median(figures), rounds: figures };
  };
  const perS = figure(({ coursesPerS }) => coursesPerS);
  yield rowOf({ ...perS, name: 'unchanged', unit: 'courses per s', bar: { atLeast: 250 } });
  const node = figure(({ nodeMs }) => nodeMs);
  yield rowOf({ ...node, name: 'cpu-node', unit: 'ms per course', bar: { atMost: 2.5 } });
  const postgres = figure(({ postgresMs }) => postgresMs);
  yield rowOf({ ...postgres, name: 'cpu-postgres', unit: 'ms per course', bar: { atMost: 2.5 } });
  const statements = figure((round) => round.statements);
  yield rowOf({ ...statements, name: 'statements', unit: 'per course', bar: { atMost: 3 } });
  yield rowOf({ case: 'sync', name: 'members-written', value: memberRows, unit: 'rows', bar: { atMost: 0 } });
}

async function measure(): Promise<{ rounds: MeasuredSync[]; memberRows: number }> {
  const postgres = await BenchPostgres.start();
  const rosters = await ContestantProcess.start('rosters.mjs');
  let service: BenchService | undefined;
  let courses: SyncedCourses | undefined;
  try {
    const databaseUrl = await postgres.createDatabase('sync');
    service = await BenchService.start(databaseUrl, { preload: [STATEMENT_COUNTER] });
    const size = { courses: COURSES, members: MEMBERS };
    courses = await SyncedCourses.prepare([service], rosters, databaseUrl, size);
    // The first stores the members, and the second warms the process up.
    await courses.sync();
    await courses.sync();
    const rounds: MeasuredSync[] = [];
    const memberRows = await courses.memberRows(async () => {
      for (let nth = 0; nth < ROUNDS; nth += 1) rounds.push(await courses!.sync());
    });
    return { rounds, memberRows };
  } finally {
    await courses?.stop();
    await service?.stop();
    await rosters.stop();
    await postgres.stop();
  }
}
