import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { Agent, type Dispatcher, request } from 'undici';
import { BenchPostgres } from './bench-postgres.js';
import { BenchService } from './bench-service.js';
import { ContestantProcess } from './contestant-process.js';
import { median } from './median.js';
import { round, type Row, rowOf } from './row.js';

const CASE = 'roster-db';
const MEMBERS = 100_000;
const PAGE = 500;
/** So that the code has been compiled, and the connections are open, before memory is measured. */
const WARM_UP_MEMBERS = 10_000;
const ROUNDS = 5;
/** Each look at the run costs the service a request and a statement, which the work by hand does not have. */
const POLL_MS = 100;

interface Run {
  status: string;
  finishedAt: string | null;
  counts: { added: number; unchanged: number; pages: number };
}

/** A big roster into the database: by a sync of a new course, and by hand, in turns. */
export async function* rosterDbBench(): AsyncGenerator<Row> {
  const postgres = await BenchPostgres.start();
  const rosters = await ContestantProcess.start('rosters.mjs');
  let service: BenchService | undefined;
  let byHand: ByHand | undefined;
  try {
    const databaseUrl = await postgres.createDatabase('roster');
    const url = (await rosters.call('url')) as string;
    service = await BenchService.start(databaseUrl);
    byHand = await ByHand.start(databaseUrl, url);
    yield* rowsOf(await RosterSyncs.start(service, url), byHand, service);
  } finally {
    await byHand?.stop();
    await service?.stop();
    await rosters.stop();
    await postgres.stop();
  }
}

async function* rowsOf(syncs: RosterSyncs, byHand: ByHand, service: BenchService): AsyncGenerator<Row> {
  await syncs.sync(await syncs.create('warm-up', WARM_UP_MEMBERS));
  await byHand.read('warm-up', WARM_UP_MEMBERS);
  const { memoryMiB } = await service.usage();
  const [ours, again, floors, growths]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let nth = 0; nth < ROUNDS; nth += 1) {
    const name = `round-${nth}`;
    const peak = await service.peakMemory();
    const courseId = await syncs.create(name, MEMBERS);
    const { ms, run } = await syncs.sync(courseId);
    if (run.counts.added !== MEMBERS) throw new Error(`The sync added ${run.counts.added} members.`);
    const unchanged = await syncs.sync(courseId);
    growths.push((await peak()) - memoryMiB);
    if (unchanged.run.counts.unchanged !== MEMBERS) throw new Error('The second sync found changes.');
    ours.push(perS(ms));
    again.push(perS(unchanged.ms));
    floors.push(perS(await byHand.read(name, MEMBERS)));
  }
  yield rowOf({
    case: CASE,
    name: 'new',
    value: median(ours),
    unit: 'members per s',
    floor: round(median(floors)),
    rounds: ours.map((figure, nth) => figure / (floors[nth] ?? NaN)),
    bar: { atLeast: 0.5 },
  });
  yield rowOf({ case: CASE, name: 'unchanged', value: median(again), unit: 'members per s', rounds: again });
  // The worst of the rounds, each from the memory before the first.
  yield rowOf({
    case: CASE,
    name: 'memory',
    value: Math.max(...growths),
    unit: 'MiB of growth',
    rounds: growths,
    bar: { atMost: 64 },
  });
}

function perS(ms: number): number {
  return (MEMBERS / ms) * 1000;
}

/** Syncs of single courses by the REST API. */
class RosterSyncs {
  private constructor(
    private readonly service: BenchService,
    private readonly url: string,
    private readonly registrationId: string,
  ) {}

  static async start(service: BenchService, url: string): Promise<RosterSyncs> {
    return new RosterSyncs(service, url, await service.createRegistration(url));
  }

  async create(contextId: string, members: number): Promise<string> {
    const { id } = await this.service.request<{ id: string }>('POST', '/courses', {
      registrationId: this.registrationId,
      deploymentId: '1',
      contextId,
      membershipsUrl: `${this.url}/${members}/${contextId}/members`,
    });
    return id;
  }

  async sync(courseId: string): Promise<{ ms: number; run: Run }> {
    const startMs = performance.now();
    const { id } = await this.service.request<{ id: string }>('POST', `/courses/${courseId}/sync`);
    for (;;) {
      const run = await this.service.request<Run>('GET', `/sync-runs/${id}`);
      if (run.finishedAt !== null) {
        if (run.status !== 'completed') throw new Error(`The sync ended ${run.status}.`);
        return { ms: performance.now() - startMs, run };
      }
      await pause(POLL_MS);
    }
  }
}

interface WireMember {
  user_id: string;
  roles: string[];
}

/** Pages by undici, each into a table by one statement. */
class ByHand {
  private constructor(
    private readonly pool: Pool,
    private readonly agent: Agent,
    private readonly url: string,
  ) {}

  static async start(databaseUrl: string, url: string): Promise<ByHand> {
    const pool = new Pool({ connectionString: databaseUrl });
    // The error of connections that are being closed while the server stops.
    pool.on('error', () => undefined);
    await pool.query(`CREATE TABLE by_hand (course text NOT NULL, user_id text NOT NULL, roles text[] NOT NULL,
      status text NOT NULL, name text, given_name text, family_name text, email text, updated_at timestamptz NOT NULL,
      PRIMARY KEY (course, user_id))`);
    return new ByHand(pool, new Agent(), url);
  }

  /** The milliseconds that it took. */
  async read(course: string, members: number): Promise<number> {
    const startMs = performance.now();
    let next: string | undefined = `${this.url}/${members}/${course}/members?limit=${PAGE}`;
    while (next !== undefined) {
      const answer: Dispatcher.ResponseData = await request(next, { dispatcher: this.agent });
      const page = (await answer.body.json()) as { members: WireMember[] };
      await this.write(course, page.members);
      next = /<([^>]+)>; rel="next"/.exec(String(answer.headers.link))?.[1];
    }
    return performance.now() - startMs;
  }

  private async write(course: string, members: readonly WireMember[]): Promise<void> {
    await this.pool.query(
      `INSERT INTO by_hand AS stored
       SELECT $1, user_id, roles, status, name, given_name, family_name, email, now()
       FROM jsonb_to_recordset($2::jsonb) AS page (user_id text, roles text[], status text, name text, given_name text,
         family_name text, email text)
       ON CONFLICT (course, user_id) DO UPDATE SET roles = excluded.roles, status = excluded.status, name = excluded.name,
         given_name = excluded.given_name, family_name = excluded.family_name, email = excluded.email,
         updated_at = excluded.updated_at`,
      [course, JSON.stringify(members)],
    );
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.agent.destroy();
  }
}
