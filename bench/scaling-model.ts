import { planSync } from '../src/courses/sync-schedule.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const GIB = 2 ** 30;

/** CPU times that `npm run bench` has measured on 2 cores of an AMD EPYC, with Node 20 and PostgreSQL 18. Tests count the commits. */
export const MEASURED = {
  /** An unchanged sync of 50 members: CPU time in Node and in PostgreSQL, and statements, each with a commit of its own. */
  sync: { nodeMs: 1.8, postgresMs: 2.4, commits: 3 },
  /** A launch in a process that has just started; later ones cost less. The time of PostgreSQL is assumed: the benchmark does not measure it. */
  launch: { nodeMs: 4.1, postgresMs: 0.8, commits: 1 },
} as const;

/** Replace them by the numbers of your own platforms and your own provider. */
export const ASSUMED = {
  /** How the courses are spread over the ages of their last use. The last ones are archived. */
  lastUse: [
    { daysAgo: 0.5, share: 0.1 },
    { daysAgo: 3, share: 0.1 },
    { daysAgo: 20, share: 0.05 },
    { daysAgo: 100, share: 0.25 },
    { daysAgo: 200, share: 0.5 },
  ],
  members: 50,
  coursesPerPlatform: 67,
  /** Lists that a sync reads, each with the CPU time and the commits of a roster: line items and results add to the roster. */
  listsPerSync: 1,
  /** Per member of a course that was used within a day. */
  launchesPerDay: 1,
  scoresPerDay: 1,
  /** A score through the outbox, of a delivery batch. */
  score: { nodeMs: 0.5, postgresMs: 0.5, commits: 2 },
  /** The part of a day's launches and scores that the busiest hour has. */
  busiestHour: 0.2,
  /** Ticks, lease renewals and the job engine, per process. */
  commitsPerProcess: 2,
  /** The part of its core that a process may use in the busiest hour. */
  utilisation: 0.6,
  tokenLifeSeconds: 3600,
  /** Bytes of a row with its indexes. */
  rowBytes: { membership: 600, syncRun: 500, score: 1200, launchSession: 3000 },
  /** Defaults of the configuration. */
  keepDays: { syncRun: 30, score: 90, launchSession: 2 },
  /** Prices of a month, in EUR. */
  price: { process: 25, postgresCore: 60, gibibyte: 0.15 },
} as const;

/** The defaults of `courseSync`. */
const SCHEDULE = { every: 15 * MINUTE_MS, slowDown: true, archiveAfter: 180 * DAY_MS } as const;

/** Connections of a process at most: 6 of its pool, and those of the job engine. */
const CONNECTIONS_PER_PROCESS = 12;

/** Where one PostgreSQL server with a local SSD bends. Assumed, and on the safe side. */
export const LIMITS = {
  connections: 300,
  commitsPerSecond: 5000,
  rowsOfTable: 100_000_000,
  postgresCores: 8,
} as const;

export type Bend = 'processes' | 'connections' | 'commits' | 'table size' | 'PostgreSQL cores';

/** What a number of courses needs in the busiest hour, and what a number of processes has. */
export interface Scale {
  syncsPerSecond: number;
  launchesPerSecond: number;
  scoresPerSecond: number;
  /** To platforms: lists, scores, tokens. */
  requestsPerSecond: number;
  commitsPerSecond: number;
  nodeCores: number;
  postgresCores: number;
  /** Processes that carry these courses. */
  processesNeeded: number;
  /** Courses that these processes carry. */
  coursesAtMost: number;
  connections: number;
  rows: { membership: number; syncRun: number; score: number; launchSession: number };
  gibibytes: number;
  eurosPerMonth: number;
  /** The limits that are passed. */
  bends: Bend[];
}

/** Growth on paper. Pure: the same numbers give the same result. */
export function scaleOf(courses: number, processes: number): Scale {
  const syncsPerSecond = courses * syncsPerSecondOfCourse();
  const usedToday = courses * ASSUMED.lastUse[0].share * ASSUMED.members;
  const launchesPerDay = usedToday * ASSUMED.launchesPerDay;
  const scoresPerDay = usedToday * ASSUMED.scoresPerDay;
  const launchesPerSecond = (launchesPerDay * ASSUMED.busiestHour) / 3600;
  const scoresPerSecond = (scoresPerDay * ASSUMED.busiestHour) / 3600;
  const work = [
    { ...MEASURED.sync, perSecond: syncsPerSecond * ASSUMED.listsPerSync },
    { ...MEASURED.launch, perSecond: launchesPerSecond },
    { ...ASSUMED.score, perSecond: scoresPerSecond },
  ];
  const sum = (of: 'nodeMs' | 'postgresMs' | 'commits'): number =>
    work.reduce((total, part) => total + part.perSecond * part[of], 0);
  const nodeCores = sum('nodeMs') / SECOND_MS;
  const postgresCores = sum('postgresMs') / SECOND_MS;
  const platforms = Math.ceil(courses / ASSUMED.coursesPerPlatform);
  const rows = {
    membership: courses * ASSUMED.members,
    // The last run of each course stays.
    syncRun: courses + (syncsPerSecond * ASSUMED.keepDays.syncRun * DAY_MS) / SECOND_MS,
    score: scoresPerDay * ASSUMED.keepDays.score,
    launchSession: launchesPerDay * ASSUMED.keepDays.launchSession,
  };
  const scale = {
    syncsPerSecond,
    launchesPerSecond,
    scoresPerSecond,
    requestsPerSecond:
      syncsPerSecond * ASSUMED.listsPerSync + scoresPerSecond + platforms / ASSUMED.tokenLifeSeconds,
    commitsPerSecond: sum('commits') + processes * ASSUMED.commitsPerProcess,
    nodeCores,
    postgresCores,
    processesNeeded: Math.max(1, Math.ceil(nodeCores / ASSUMED.utilisation)),
    coursesAtMost: Math.floor((processes * ASSUMED.utilisation * courses) / nodeCores),
    connections: processes * CONNECTIONS_PER_PROCESS,
    rows,
    gibibytes:
      Object.entries(rows).reduce(
        (bytes, [table, count]) => bytes + count * ASSUMED.rowBytes[table as keyof typeof rows],
        0,
      ) / GIB,
  };
  return { ...scale, eurosPerMonth: priceOf(scale, processes), bends: bendsOf(scale, processes) };
}

/** The average over the ages of last use, by the schedule of the service itself, without jitter. */
export function syncsPerSecondOfCourse(): number {
  const now = new Date(1000 * DAY_MS);
  return ASSUMED.lastUse.reduce((sum, { daysAgo, share }) => {
    const course = {
      usedAt: new Date(now.getTime() - daysAgo * DAY_MS),
      goneDays: 0,
      concludedAt: null,
      quietHours: null,
    };
    const { at } = planSync(course, SCHEDULE, now, 0.5);
    return at === null ? sum : sum + (share * SECOND_MS) / (at.getTime() - now.getTime());
  }, 0);
}

function priceOf(
  { postgresCores, gibibytes }: Pick<Scale, 'postgresCores' | 'gibibytes'>,
  processes: number,
): number {
  const { process, postgresCore, gibibyte } = ASSUMED.price;
  const cores = Math.max(1, Math.ceil(postgresCores / ASSUMED.utilisation));
  return processes * process + cores * postgresCore + gibibytes * gibibyte;
}

function bendsOf(scale: Omit<Scale, 'eurosPerMonth' | 'bends'>, processes: number): Bend[] {
  const passed: Record<Bend, boolean> = {
    processes: scale.processesNeeded > processes,
    connections: scale.connections > LIMITS.connections,
    commits: scale.commitsPerSecond > LIMITS.commitsPerSecond,
    'table size': Math.max(...Object.values(scale.rows)) > LIMITS.rowsOfTable,
    'PostgreSQL cores': scale.postgresCores > LIMITS.postgresCores,
  };
  return (Object.keys(passed) as Bend[]).filter((bend) => passed[bend]);
}
