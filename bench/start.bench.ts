import { freePort } from '../src/demo/free-port.js';
import { BenchPostgres } from './bench-postgres.js';
import { ContestantProcess } from './contestant-process.js';
import { median } from './median.js';
import { round, type Row, rowOf } from './row.js';

const CASE = 'start';
const ROUNDS = 5;

type Kind = 'bare' | 'nest-lti';

interface Start {
  importMs: number;
  bootMs: number;
  memoryMiB: number;
}

const figures = [
  { of: 'importMs', name: 'import', unit: 'ms' },
  { of: 'bootMs', name: 'boot', unit: 'ms' },
  { of: 'memoryMiB', name: 'memory', unit: 'MiB' },
] as const;

/**
 * The cost of nest-lti for an application that starts: a bare Nest application with TypeORM and pg is the floor. Each start is
 * a new process, and the two take turns. The database has its tables before the first round.
 */
export async function* startBench(): AsyncGenerator<Row> {
  const postgres = await BenchPostgres.start();
  const starts: Record<Kind, Start[]> = { bare: [], 'nest-lti': [] };
  try {
    const databaseUrl = await postgres.createDatabase('start');
    for (const kind of ['bare', 'nest-lti'] as const) await start(kind, databaseUrl);
    for (let nth = 0; nth < ROUNDS; nth += 1) {
      for (const kind of ['bare', 'nest-lti'] as const) starts[kind].push(await start(kind, databaseUrl));
    }
  } finally {
    await postgres.stop();
  }
  for (const { of, name, unit } of figures) {
    const floors = starts.bare.map((each) => each[of]);
    const ours = starts['nest-lti'].map((each) => each[of]);
    yield rowOf({
      case: CASE,
      name,
      value: median(ours),
      unit,
      floor: round(median(floors)),
      rounds: ours.map((figure, nth) => figure / (floors[nth] ?? NaN)),
    });
  }
}

async function start(kind: Kind, databaseUrl: string): Promise<Start> {
  const contestant = await ContestantProcess.start('start.mjs', [kind]);
  try {
    const started = (await contestant.call('start', { databaseUrl, port: await freePort(0) })) as Start;
    await contestant.call('close');
    return started;
  } finally {
    await contestant.stop();
  }
}
