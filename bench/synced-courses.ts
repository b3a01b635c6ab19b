import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { type BenchService } from './bench-service.js';
import { type ContestantProcess } from './contestant-process.js';
import { cpuMsOf, cpuMsOfTree } from './cpu-time.js';
import { type StatementCounts } from './statement-counter.js';

const CREATED_AT_ONCE = 10;
const POLL_MS = 50;
/** A connection of PostgreSQL that has become idle reports its statistics within 10 s. */
const STATISTICS_DELAY_MS = 11_000;

/** What bench/peers/rosters.mjs was asked for. */
export interface RosterRequests {
  tokenRequests: number;
  rosterRequests: number;
  differencesRequests: number;
}

/** One sync of all courses. */
export interface MeasuredSync {
  coursesPerS: number;
  /** Per course. */
  nodeMs: number;
  /** Per course, with autovacuum, and without the bench's own connection. */
  postgresMs: number;
  /** Per course, of all processes together. */
  statements: number;
  requests: RosterRequests;
}

interface PostgresPids {
  server: number;
  /** Of the bench's own connection, which asks for the ends of the syncs. */
  own: number;
}

/** Courses of one platform (bench/peers/rosters.mjs) in a service of one or several processes. */
export class SyncedCourses {
  private constructor(
    private readonly services: readonly BenchService[],
    private readonly rosters: ContestantProcess,
    private readonly client: Client,
    private readonly pids: PostgresPids,
    private readonly courses: number,
  ) {}

  static async prepare(
    services: readonly BenchService[],
    rosters: ContestantProcess,
    databaseUrl: string,
    { courses, members }: { courses: number; members: number },
  ): Promise<SyncedCourses> {
    const [service] = services;
    if (service === undefined) throw new Error('There is no service.');
    const url = (await rosters.call('url')) as string;
    const registrationId = await service.createRegistration(url);
    let next = 0;
    const create = async (): Promise<void> => {
      for (let nth = next++; nth < courses; nth = next++) {
        await service.request('POST', '/courses', {
          registrationId,
          deploymentId: '1',
          contextId: String(nth),
          membershipsUrl: `${url}/${members}/${nth}/members`,
        });
      }
    };
    await Promise.all(Array.from({ length: CREATED_AT_ONCE }, create));
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<PostgresPids>(
      String.raw`SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int AS server, pg_backend_pid() AS own`,
    );
    return new SyncedCourses(services, rosters, client, rows[0] ?? { server: 0, own: 0 }, courses);
  }

  /** Requests a sync of all courses by one `POST /syncs`, and waits for their ends. */
  async sync(): Promise<MeasuredSync> {
    await this.rosters.call('counts');
    const before = await this.usage();
    const startMs = performance.now();
    await this.services[0]?.request('POST', '/syncs');
    await this.untilEnded();
    const ms = performance.now() - startMs;
    const after = await this.usage();
    const perCourse = (figure: number): number => figure / this.courses;
    return {
      coursesPerS: (this.courses / ms) * 1000,
      nodeMs: perCourse(after.nodeMs - before.nodeMs),
      postgresMs: perCourse(after.postgresMs - before.postgresMs),
      statements: statementsPerCourse(before.statements, after.statements, this.courses),
      requests: (await this.rosters.call('counts')) as RosterRequests,
    };
  }

  private async usage() {
    const [nodeMs, statements] = await Promise.all([
      Promise.all(this.services.map((service) => service.cpuMs())),
      Promise.all(this.services.map((service) => service.statements())),
    ]);
    return {
      nodeMs: nodeMs.reduce((sum, each) => sum + each, 0),
      postgresMs: (await cpuMsOfTree(this.pids.server)) - (await cpuMsOf(this.pids.own)),
      statements: sumOf(statements),
    };
  }

  private async untilEnded(): Promise<void> {
    for (;;) {
      const { rows } = await this.client.query<{ status: string; runs: number }>(
        `SELECT status, count(*)::int AS runs FROM nest_lti.sync_run
         WHERE status IN ('queued', 'running', 'failed', 'suspicious') GROUP BY status`,
      );
      const ofStatus = new Map(rows.map(({ status, runs }) => [status, runs]));
      if (ofStatus.has('failed') || ofStatus.has('suspicious')) {
        throw new Error(`Not all syncs completed: ${JSON.stringify(rows)}`);
      }
      if (rows.length === 0) return;
      await pause(POLL_MS);
    }
  }

  /** The rows of members that `work` inserts, updates or deletes, by PostgreSQL's statistics. */
  async memberRows(work: () => Promise<void>): Promise<number> {
    const before = await this.countedRows();
    await work();
    return (await this.countedRows()) - before;
  }

  private async countedRows(): Promise<number> {
    await pause(STATISTICS_DELAY_MS);
    const { rows } = await this.client.query<{ rows: number }>(
      `SELECT (n_tup_ins + n_tup_upd + n_tup_del)::int AS rows FROM pg_stat_user_tables
       WHERE schemaname = 'nest_lti' AND relname = 'membership'`,
    );
    return rows[0]?.rows ?? NaN;
  }

  async stop(): Promise<void> {
    await this.client.end();
  }
}

function sumOf(counts: readonly StatementCounts[]): StatementCounts {
  const sums: StatementCounts = {};
  for (const [text, count] of counts.flatMap((each) => Object.entries(each))) {
    sums[text] = (sums[text] ?? 0) + count;
  }
  return sums;
}

/** Statements that are sent at intervals, or once for all courses, do not count: a statement that is sent by half of the courses does. */
function statementsPerCourse(before: StatementCounts, after: StatementCounts, courses: number): number {
  return Object.entries(after)
    .map(([text, count]) => Math.round((count - (before[text] ?? 0)) / courses))
    .reduce((sum, each) => sum + each, 0);
}
