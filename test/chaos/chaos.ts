import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type QueryResultRow } from 'pg';
import { BenchPostgres } from '../../bench/bench-postgres.js';
import { ContestantProcess } from '../../bench/contestant-process.js';
import { type PlatformCounts } from '../../src/testing/platform/counters.js';
import { RedisServer } from '../support/redis-server.js';
import { sql } from '../support/sql.js';
import { type ChaosFault, planFaults } from './fault-plan.js';
import { CHAOS_API_KEY, LoadBalancer, LONG_TIMEOUT_MS } from './load-balancer.js';
import { type ListedMember, type OpenedCourse, type OpenedPlatform } from './platform.main.js';
import { type ReceiverReport } from './receiver.main.js';
import { SeededRandom } from './seeded-random.js';
import {
  type StoredEventRow,
  type StoredMember,
  wrongDeliveries,
  wrongHistories,
  wrongMembers,
  wrongScores,
} from './verdict.js';
import { ChaosWorker } from './worker.js';

export interface ChaosOptions {
  minutes: number;
  courses: number;
  seed: number;
  /** Processes of the service. */
  workers: number;
  /** For the progress. */
  log: (line: string) => void;
}

export interface ChaosReport {
  /** What happened: names and numbers. */
  counts: Record<string, number>;
  /** What is wrong. Empty: the run is passed. */
  faults: string[];
  /** Lines of the services' logs. */
  log: string[];
}

interface Course extends OpenedCourse {
  id: string;
}

const MEMBERS = 20;
const TOKEN_LIFE_MS = 60_000;
const CHANGES_PER_S = 20;
const SCORES_PER_S = 5;
/** Longer than the back-off after any fault here. */
const STUCK_MS = 180_000;
const POLL_MS = 500;

/** Runs the service in several processes, disturbs all parts of it for a while, and checks what is left of it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const stack: (() => Promise<unknown>)[] = [];
  const started = async <T extends { stop(): Promise<unknown> }>(part: Promise<T>): Promise<T> => {
    const running = await part;
    stack.push(() => running.stop());
    return running;
  };
  try {
    const postgres = await started(BenchPostgres.start());
    const redis = await started(RedisServer.start({ args: ['--appendonly', 'yes'] }));
    const lms = await started(ContestantProcess.start(new URL('./platform.main.js', import.meta.url)));
    const receiver = await started(ContestantProcess.start(new URL('./receiver.main.js', import.meta.url)));
    const workers = await startWorkers(options, await postgres.createDatabase('chaos'), redis.url, (worker) =>
      stack.push(() => worker.stop('SIGKILL')),
    );
    const database = databaseOf(postgres);
    const chaos = new Chaos(options, { postgres, redis, lms, receiver, workers, database });
    return await chaos.run();
  } finally {
    for (const stop of stack.toReversed()) await stop();
  }
}

function databaseOf({ url }: BenchPostgres): string {
  const database = new URL(url);
  database.pathname = 'chaos';
  return database.href;
}

async function startWorkers(
  { minutes, workers: count }: ChaosOptions,
  databaseUrl: string,
  redisUrl: string,
  onCreated: (worker: ChaosWorker) => void,
): Promise<ChaosWorker[]> {
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JOBS_BACKEND: 'redis',
    TOKEN_STORE: 'redis',
    PUBLIC_URL: 'https://tool.example.edu',
    ENCRYPTION_KEYS: `chaos:${Buffer.alloc(32, 1).toString('base64')}`,
    ADMIN_API_KEY: CHAOS_API_KEY,
    ALLOW_PRIVATE_NETWORKS: 'true',
    // Each course twice in a run, or a little more often.
    SYNC_EVERY: `${Math.max(15, Math.round(minutes * 60 * 0.4))}s`,
  };
  const workers: ChaosWorker[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    const worker = await ChaosWorker.create(`worker ${nth}`, env);
    workers.push(worker);
    onCreated(worker);
  }
  // The first one migrates.
  for (const worker of workers) await worker.start();
  return workers;
}

interface Parts {
  postgres: BenchPostgres;
  redis: RedisServer;
  lms: ContestantProcess;
  receiver: ContestantProcess;
  workers: readonly ChaosWorker[];
  /** Its URL. */
  database: string;
}

class Chaos {
  private readonly random: SeededRandom;
  private readonly balancer: LoadBalancer;
  private readonly injected: Record<string, number> = {};
  /** The last accepted score by line item and user. */
  private readonly scores = new Map<string, number>();
  private courses: readonly Course[] = [];
  private graded: readonly Course[] = [];
  /** The last request by line item and user. */
  private readonly inFlight = new Map<string, Promise<void>>();
  private changes = 0;
  private scoresSent = 0;
  private readonly startMs = performance.now();
  /** When the faults ended. */
  private healedMs = 0;
  /** Events that are stored later may be pending at the end. */
  private settledAt = '';

  constructor(
    private readonly options: ChaosOptions,
    private readonly parts: Parts,
  ) {
    this.random = new SeededRandom(options.seed + 1);
    this.balancer = new LoadBalancer(parts.workers);
  }

  async run(): Promise<ChaosReport> {
    const { minutes } = this.options;
    const log = (line: string): void => this.log(line);
    await this.prepare();
    log(`${this.courses.length} courses are there. The faults begin.`);
    const endMs = performance.now() + minutes * 60_000;
    await Promise.all([
      this.injectFaults(),
      this.steadily(endMs, 1000, () => this.changeRosters()),
      this.steadily(endMs, 1000 / SCORES_PER_S, () => this.postScore()),
    ]);
    await this.parts.lms.call('heal');
    await this.parts.receiver.call('fail', { status: 204, times: 0 });
    log('The faults have ended. Waiting for the work that is left.');
    return this.settle();
  }

  private log(line: string): void {
    this.options.log(`${((performance.now() - this.startMs) / 1000).toFixed(1)} s: ${line}`);
  }

  private async prepare(): Promise<void> {
    const { lms, receiver, workers } = this.parts;
    const { courses: count, seed } = this.options;
    const graded = Math.max(5, Math.round(count / 50));
    const platform = (await lms.call('open', {
      seed,
      courses: count,
      members: MEMBERS,
      graded,
    })) as OpenedPlatform;
    const create = <T>(path: string, body: object): Promise<T> =>
      this.balancer.request<T>('POST', path, body, LONG_TIMEOUT_MS);
    const jwks = (await (await fetch(`${workers[0]!.url}/lti/jwks.json`)).json()) as object;
    await lms.call('addTool', { clientId: 'chaos', deploymentIds: ['1'], jwks });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = platform;
    const { id: registrationId } = await create<{ id: string }>('/registrations', {
      ...{ name: 'LMS', issuer, clientId: 'chaos', authorizationUrl, tokenUrl, jwksUrl },
      deployments: ['1'],
    });
    const { secret } = await create<{ secret: string }>('/webhooks', {
      url: await receiver.call('open'),
    });
    await receiver.call('secret', secret);
    const courses: Course[] = [];
    await forEach(platform.courses, 10, async (course) => {
      const { contextId, title, membershipsUrl, lineItemsUrl, lineItemId } = course;
      const place = { registrationId, deploymentId: '1', contextId, title, membershipsUrl };
      const { id } = await create<{ id: string }>('/courses', {
        ...place,
        ...(lineItemId !== undefined && { lineItemsUrl }),
      });
      courses.push({ ...course, id });
    });
    this.courses = courses;
    this.graded = courses.filter(({ lineItemId }) => lineItemId !== undefined);
  }

  private async injectFaults(): Promise<void> {
    const { seed, minutes, workers } = this.options;
    const startMs = performance.now();
    const effects: Promise<void>[] = [];
    for (const { atMs, ...fault } of planFaults(seed, minutes * 60_000, workers)) {
      await pause(Math.max(0, startMs + atMs - performance.now()));
      this.log(JSON.stringify(fault));
      this.injected[fault.kind] = (this.injected[fault.kind] ?? 0) + 1;
      effects.push(this.inject(fault));
    }
    await Promise.all(effects);
  }

  private async inject(fault: ChaosFault): Promise<void> {
    const { postgres, redis, lms, receiver, workers } = this.parts;
    switch (fault.kind) {
      case 'kill':
        return workers[fault.worker]!.kill(fault.downMs);
      case 'pause':
        return workers[fault.worker]!.pause(fault.ms);
      case 'postgres':
        return postgres.restart(fault);
      case 'redis':
        await redis.kill();
        await pause(fault.downMs);
        return redis.restart();
      case 'receiver':
        await receiver.call('fail', fault);
        return;
      case 'platform':
        for (const each of fault.faults) {
          if (each === 'expire-tokens') await lms.call('expireTokens');
          else await lms.call('fault', each);
        }
    }
  }

  /** Half of the changes are followed by a sync that is asked for. The others are seen by the schedule. */
  private async changeRosters(): Promise<void> {
    const count = Math.min(CHANGES_PER_S, Math.ceil(this.courses.length / 10));
    const changed = new Set((await this.parts.lms.call('change', { count })) as string[]);
    this.changes += count;
    const courses = this.courses.filter(({ contextId }) => changed.has(contextId));
    await Promise.all(
      courses
        .filter((_, nth) => nth % 2 === 0)
        .map(({ id }) => this.balancer.request('POST', `/courses/${id}/sync`)),
    );
  }

  private async postScore(): Promise<void> {
    const scoreGiven = (this.scoresSent += 1);
    const { id, lineItemId = '', userIds } = this.random.pick(this.graded);
    const userId = this.random.pick(userIds);
    const progress = { activityProgress: 'Completed', gradingProgress: 'FullyGraded' };
    const key = `${lineItemId} ${userId}`;
    // The order of scores without a timestamp is that of their arrival, so each waits for the one before it.
    const before = this.inFlight.get(key);
    const sent = (async (): Promise<void> => {
      await before;
      // A worker that was paused reads the request of a caller who has sent it to another one since.
      const idempotencyKey = `score-${scoreGiven}`;
      const score = { userId, lineItemId, scoreGiven, scoreMaximum: 1_000_000, ...progress, idempotencyKey };
      const verdicts = await this.balancer.request<{ refused: number }>('POST', `/courses/${id}/scores`, [
        score,
      ]);
      if (verdicts.refused > 0) throw new Error(`A score was refused: ${JSON.stringify(verdicts)}`);
      this.scores.set(key, scoreGiven);
    })();
    this.inFlight.set(key, sent);
    await sent;
  }

  /** Begins the work so often, whether or not the earlier has ended. */
  private async steadily(endMs: number, everyMs: number, work: () => Promise<void>): Promise<void> {
    const begun: Promise<void>[] = [];
    for (let atMs = performance.now(); atMs < endMs; atMs += everyMs) {
      await pause(Math.max(0, atMs - performance.now()));
      begun.push(work());
    }
    await Promise.all(begun);
  }

  private async settle(): Promise<ChaosReport> {
    const log = (line: string): void => this.log(line);
    const faults: string[] = [];
    this.healedMs = performance.now();
    const healedAt = await this.now();
    const syncsBefore = await this.syncsByWorker();
    faults.push(...(await this.unfinishedRuns('before the faults ended', healedAt)));

    log('A last sync of every course.');
    const lastSyncAt = await this.now();
    await this.balancer.request('POST', '/syncs', undefined, LONG_TIMEOUT_MS);
    faults.push(...(await this.unfinishedRuns('by the last sync', await this.now())));
    faults.push(...(await this.failedRuns(lastSyncAt)));
    const syncsAfter = await this.syncsByWorker();
    syncsAfter.forEach((count, nth) => {
      if (count === syncsBefore[nth])
        faults.push(`worker ${nth + 1} has synced no course since the faults ended`);
    });
    this.settledAt = await this.now();
    // The schedule requests more runs, which have events.
    const events = `FROM event WHERE status = 'pending' AND created_at <= '${this.settledAt}'`;
    log('Waiting for the events and the scores.');
    faults.push(...(await this.waiting('events', events)));
    faults.push(...(await this.waiting('scores', 'FROM outbox_score WHERE settled_at IS NULL')));

    log('The workers stop.');
    for (const worker of this.parts.workers) {
      const code = await worker.stop();
      if (code !== 0) faults.push(`${worker.name} ended with code ${String(code)} after SIGTERM`);
      faults.push(...worker.ownEnds);
    }
    return this.judge(faults);
  }

  private async judge(faults: string[]): Promise<ChaosReport> {
    const { lms, receiver, workers } = this.parts;
    const rosters = (await lms.call('rosters')) as [string, ListedMember[]][];
    const members = await this.sql<StoredMember & QueryResultRow>(MEMBERS_SQL);
    const events = await this.sql<StoredEventRow & QueryResultRow>(
      `SELECT id, order_key AS "orderKey", status FROM event
       WHERE status <> 'pending' OR created_at <= '${this.settledAt}' ORDER BY sequence`,
    );
    const received = (await receiver.call('report')) as ReceiverReport;
    const contextIds = new Map(this.courses.map(({ id, contextId }) => [id, contextId]));
    const { tokenRequests, membershipRequests, scoreRequests } = (await lms.call('counts')) as PlatformCounts;
    const tokensAllowed = this.tokensAllowed();
    faults.push(
      ...few(wrongMembers(rosters, members)),
      ...few(wrongDeliveries(received, events)),
      ...few(wrongHistories(received, rosters, contextIds)),
      ...few(received.outOfOrder.map((course) => `the events of course ${course} arrived out of order`)),
      ...few(wrongScores(this.scores, (await lms.call('scores')) as [string, number | undefined][])),
      ...(await this.leftovers()),
    );
    if (received.unsigned > 0) faults.push(`${received.unsigned} webhook requests were not signed`);
    if (tokenRequests > tokensAllowed)
      faults.push(`${tokenRequests} token requests are more than ${tokensAllowed}`);
    const [runs] = await this.sql<Record<string, number>>(RUNS_SQL);
    return {
      counts: {
        courses: rosters.length,
        members: members.length,
        'workers killed': this.injected.kill ?? 0,
        'workers paused': this.injected.pause ?? 0,
        'boots repeated': workers.reduce((sum, { failedBoots }) => sum + failedBoots, 0),
        'PostgreSQL restarts': this.injected.postgres ?? 0,
        'Redis restarts': this.injected.redis ?? 0,
        'platform faults': this.injected.platform ?? 0,
        'receiver faults': this.injected.receiver ?? 0,
        'roster changes': this.changes,
        ...runs,
        'roster requests': membershipRequests,
        'token requests': tokenRequests,
        'token requests allowed': tokensAllowed,
        'scores sent': this.scoresSent,
        'score requests': scoreRequests,
        'API requests repeated': this.balancer.retries,
        events: events.length,
        'webhook requests': received.requests,
        'webhook duplicates': received.duplicates,
      },
      faults,
      log: workers.flatMap(({ name, log }) => log.map((line) => `${name}: ${line}`)),
    };
  }

  /**
   * One request for each life of a token. One more for each holder of the lease that died or was paused, and for each time that the
   * platform deleted the tokens or failed to give one. While Redis is down, each process has its own.
   */
  private tokensAllowed(): number {
    const { minutes, workers } = this.options;
    const { kill = 0, pause: paused = 0, redis = 0, platform = 0 } = this.injected;
    const settleMs = performance.now() - this.healedMs;
    // A token is renewed in the fifth of its life before its margin, which is a fifth.
    const lives = Math.ceil((minutes * 60_000 + settleMs) / (TOKEN_LIFE_MS * 0.6));
    return lives + kill + paused + platform + 2 * redis * workers;
  }

  private async now(): Promise<string> {
    const [row] = await this.sql<{ now: string }>('SELECT now()::text AS now');
    return row?.now ?? '';
  }

  private async unfinishedRuns(which: string, createdBefore: string): Promise<string[]> {
    const from = `FROM sync_run WHERE finished_at IS NULL AND created_at <= '${createdBefore}'`;
    const left = await this.untilNone(from);
    if (left === 0) return [];
    const runs = await this.sql(`SELECT id, status, attempt, error_code AS error ${from} LIMIT 3`);
    return [`${left} runs that were requested ${which} do not end: ${JSON.stringify(runs)}`];
  }

  private async failedRuns(since: string): Promise<string[]> {
    const failed = await this.sql<{ code: string; runs: number }>(
      `SELECT coalesce(error_code, status) AS code, count(*)::int AS runs FROM sync_run
       WHERE status NOT IN ('completed', 'queued', 'running') AND created_at > '${since}' GROUP BY 1`,
    );
    return failed.map(({ code, runs }) => `${runs} runs of the last sync ended with ${code}`);
  }

  private async waiting(what: string, from: string): Promise<string[]> {
    const left = await this.untilNone(from);
    return left === 0 ? [] : [`${left} ${what} wait`];
  }

  /** Waits until there are none, or until their number has not got less for a while. Returns how many there are. */
  private async untilNone(from: string): Promise<number> {
    let least = Infinity;
    let lessAtMs = performance.now();
    for (;;) {
      const [row] = await this.sql<{ count: number }>(`SELECT count(*)::int AS count ${from}`);
      const count = row?.count ?? 0;
      if (count < least) lessAtMs = performance.now();
      least = Math.min(least, count);
      if (count === 0 || performance.now() - lessAtMs > STUCK_MS) return count;
      await pause(POLL_MS);
    }
  }

  /** How many runs each of the processes has ended. */
  private syncsByWorker(): Promise<number[]> {
    return Promise.all(
      this.parts.workers.map(async ({ url }) => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        return Number(/^nest_lti_syncs_total\{outcome="completed"\} (\d+)$/m.exec(metrics)?.[1]);
      }),
    );
  }

  /** What processes that have stopped in order must not leave. */
  private async leftovers(): Promise<string[]> {
    const leases = await this.sql<{ name: string }>('SELECT name FROM lease WHERE expires_at > now()');
    const running = await this.sql<{ id: string }>(`SELECT id FROM sync_run WHERE status = 'running'`);
    return [
      ...few((await this.redisKeys()).map((key) => `${key} is left in Redis`)),
      ...few(leases.map(({ name }) => `the lease ${name} is left`)),
      ...few(running.map(({ id }) => `run ${id} is left running by processes that have stopped`)),
    ];
  }

  /** Locks of jobs, lists of active jobs, and leases of tokens. */
  private async redisKeys(): Promise<string[]> {
    const redis = new Redis(this.parts.redis.url);
    try {
      return (await redis.keys('*')).filter((key) => /:(?:lock|active)$|lease/.test(key));
    } finally {
      redis.disconnect();
    }
  }

  private sql<Row extends QueryResultRow>(statement: string): Promise<Row[]> {
    const url = new URL(this.parts.database);
    url.searchParams.set('options', '-c search_path=nest_lti');
    return sql<Row>(url.href, statement);
  }
}

const MEMBERS_SQL = `SELECT course.context_id AS "contextId", member.user_id AS "userId", member.roles, member.status, member.name,
    member.given_name AS "givenName", member.family_name AS "familyName", member.email, member.picture,
    member.sourced_id AS "sourcedId", member.sections
  FROM membership member JOIN course ON course.id = member.course_id`;
const RUNS_SQL = `SELECT count(*)::int AS runs, sum(greatest(attempt - 1, 0))::int AS "starts repeated",
    count(*) FILTER (WHERE status = 'failed')::int AS "runs failed",
    count(*) FILTER (WHERE status = 'suspicious')::int AS "runs suspicious" FROM sync_run`;

const MOST_LINES = 10;

/** The first of them, and how many there are. */
function few(faults: readonly string[]): string[] {
  if (faults.length <= MOST_LINES) return [...faults];
  return [...faults.slice(0, MOST_LINES), `... and ${faults.length - MOST_LINES} more of this kind`];
}

async function forEach<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
