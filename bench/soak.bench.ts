import { Client } from 'pg';
import { SystemClock } from '../src/common/clock.js';
import { type FaultInput } from '../src/testing/index.js';
import { BenchPostgres } from './bench-postgres.js';
import { type BenchOptions } from './cases.js';
import { ContestantProcess } from './contestant-process.js';
import { slopeOf } from './linear-regression.js';
import { type Row, rowOf } from './row.js';
import { BENCH_API_KEY, BenchService, type Usage } from './bench-service.js';

const CASE = 'soak';
const PER_S = { launch: 5, sync: 4, score: 10 } as const;
const PLATFORMS = 4;
/** Without faults: every error there is unexplained. */
const CONTROL = PLATFORMS - 1;
const COURSES = 10;
const MEMBERS = 50;
const SAMPLE_MS = 1000;
const FAULT_MS = 5000;
/** Of the whole time, before memory and handles are judged. */
const WARM_UP = 0.4;
/** V8's heap and the pools of connections still grow in a shorter run, so that their growth only informs. */
const MIN_JUDGED_MINUTES = 5;
const SETTLE_MS = 180_000;
const POLL_MS = 500;
/** How long after a fault its consequences are logged: it waits for a request, which may wait for a back-off of 60 s. */
const CONSEQUENCE_MS = 120_000;

/** The faults, in turns, and the errors that each can cause. */
const faults: readonly { name: string; inject: readonly (FaultInput | 'expire-tokens')[]; causes: RegExp }[] =
  [
    {
      name: 'memberships answer 429',
      inject: [{ kind: 'throttle', on: 'memberships', retryAfter: 2, times: 2 }],
      causes: /429|throttl/,
    },
    {
      name: 'scores answer 429',
      inject: [{ kind: 'throttle', on: 'scores', retryAfter: 2, times: 2 }],
      causes: /429|throttl/,
    },
    { name: 'tokens deleted', inject: ['expire-tokens'], causes: /401|token/ },
    {
      name: 'memberships answer 500',
      inject: [{ kind: 'server-error', on: 'memberships', times: 2 }],
      causes: /\b500\b/,
    },
    {
      name: 'scores answer 500',
      inject: [{ kind: 'server-error', on: 'scores', times: 2 }],
      causes: /\b500\b/,
    },
    {
      name: 'tokens deleted, and the token end point answers 500',
      inject: ['expire-tokens', { kind: 'server-error', on: 'token', times: 2 }],
      causes: /\b500\b|401|token/,
    },
    {
      name: 'scores stored, connection reset',
      inject: [{ kind: 'cut', on: 'scores', when: 'before-headers', times: 2 }],
      causes: /cut|ECONNRESET|unreachable/,
    },
    {
      name: 'scores not stored, connection reset',
      inject: [{ kind: 'cut', on: 'scores', when: 'before-processing', times: 2 }],
      causes: /cut|ECONNRESET|unreachable/,
    },
    {
      name: 'memberships cut in the middle',
      inject: [{ kind: 'cut', on: 'memberships', when: 'mid-body', times: 2 }],
      causes: /cut|ECONNRESET|unreachable/,
    },
    { name: 'slow answers', inject: [{ kind: 'latency', ms: 3000, times: 5 }], causes: /in time|timeout/ },
  ];

interface LmsCourse {
  contextId: string;
  userIds: string[];
  lineItemIds: string[];
}

interface Course extends LmsCourse {
  id: string;
  platform: number;
}

interface Injected {
  atMs: number;
  platform: number;
  nth: number;
}

interface Failure {
  atMs: number;
  platform: number | undefined;
  text: string;
}

type Kind = keyof typeof PER_S;

/**
 * Launches, syncs and scores at a steady rate, and faults of the platforms, against the built service on PostgreSQL. Each
 * latency is counted from the moment at which the request was due, so that a stall counts for all requests that it delays.
 */
export async function* soakBench({ minutes }: BenchOptions): AsyncGenerator<Row> {
  const durationMs = minutes * 60_000;
  const postgres = await BenchPostgres.start();
  const lms = await ContestantProcess.start('lms.mjs');
  let service: BenchService | undefined;
  try {
    const databaseUrl = await postgres.createDatabase('soak');
    service = await BenchService.start(databaseUrl);
    const soak = await Soak.prepare(service, lms, durationMs);
    await soak.run();
    await lms.call('clearFaults');
    const stored = await StoredWork.settled(databaseUrl);
    yield* soak.rows(minutes, stored, (await lms.call('scores')) as LmsScore[], await service.stop());
  } finally {
    await service?.stop();
    await lms.stop();
    await postgres.stop();
  }
}

interface LmsScore {
  lineItemId: string;
  userId: string;
  scoreGiven: number;
  accepted: number;
}

interface StoredRow {
  id: string;
  registrationId: string;
  status: string;
  ms: number | null;
  atMs: number;
  error: string | null;
}

/** The runs and scores as the database has them at the end. */
class StoredWork {
  private constructor(
    readonly runs: readonly StoredRow[],
    readonly scores: readonly StoredRow[],
  ) {}

  /** When nothing is waiting any more, or when that takes too long. */
  static async settled(databaseUrl: string): Promise<StoredWork> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const startMs = performance.now();
      for (;;) {
        const { rows } = await client.query<{ waiting: string }>(
          `SELECT (SELECT count(*) FROM sync_run WHERE finished_at IS NULL)
             + (SELECT count(*) FROM outbox_score WHERE settled_at IS NULL) AS waiting`,
        );
        if (rows[0]?.waiting === '0' || performance.now() - startMs > SETTLE_MS) break;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      return new StoredWork(
        await StoredWork.read(client, 'sync_run', 'finished_at'),
        await StoredWork.read(client, 'outbox_score', 'settled_at'),
      );
    } finally {
      await client.end();
    }
  }

  private static async read(client: Client, table: string, endedAt: string): Promise<StoredRow[]> {
    const { rows } = await client.query<StoredRow>(
      `SELECT id, registration_id AS "registrationId", status,
         (extract(epoch FROM ${endedAt} - created_at) * 1000)::float8 AS ms,
         (extract(epoch FROM coalesce(${endedAt}, created_at)) * 1000)::float8 AS "atMs",
         CASE WHEN error_code IS NOT NULL THEN error_code || ': ' || coalesce(message, '') END AS error
       FROM ${table}`,
    );
    return rows;
  }
}

class Soak {
  private readonly clock = new SystemClock();
  private readonly latencies: Record<Kind, number[]> = { launch: [], sync: [], score: [] };
  private readonly failures: Failure[] = [];
  private readonly injected: Injected[] = [];
  private readonly usages: Usage[] = [];
  private readonly sent = new Map<string, number>();

  private constructor(
    private readonly service: BenchService,
    private readonly lms: ContestantProcess,
    private readonly durationMs: number,
    private readonly courses: readonly Course[],
    private readonly registrationIds: readonly string[],
  ) {}

  /** Registers the platforms, and launches each course once: that is how the service gets to know it. */
  static async prepare(service: BenchService, lms: ContestantProcess, durationMs: number): Promise<Soak> {
    const scores = (PER_S.score * durationMs) / 1000;
    const lineItems = Math.ceil(scores / (PLATFORMS * COURSES * MEMBERS));
    const input = { count: PLATFORMS, courses: COURSES, members: MEMBERS, lineItems };
    const platforms = (await lms.call('open', input)) as LmsCourse[][];
    const connection = { url: service.url, apiKey: BENCH_API_KEY };
    const registrationIds = (await lms.call('connect', connection)) as string[];
    for (const [platform, courses] of platforms.entries()) {
      for (const { contextId, userIds } of courses) {
        await lms.call('launch', { platform, contextId, userId: userIds[0] });
      }
    }
    const known = await Promise.all(
      registrationIds.map((id) =>
        service.request<{ items: { id: string; contextId: string }[] }>(
          'GET',
          `/courses?registrationId=${id}`,
        ),
      ),
    );
    // In turns through the platforms.
    const courses = Array.from({ length: PLATFORMS * COURSES }, (_, nth): Course => {
      const platform = nth % PLATFORMS;
      const course = platforms[platform]![Math.floor(nth / PLATFORMS)]!;
      const found = known[platform]!.items.find(({ contextId }) => contextId === course.contextId);
      if (found === undefined) throw new Error(`The service does not know ${course.contextId}.`);
      return { ...course, id: found.id, platform };
    });
    return new Soak(service, lms, durationMs, courses, registrationIds);
  }

  async run(): Promise<void> {
    const faultEveryMs = Math.min(FAULT_MS, this.durationMs / (faults.length + 2));
    await Promise.all([
      this.steadily(1000 / PER_S.launch, (nth, dueMs) => this.launch(nth, dueMs)),
      this.steadily(1000 / PER_S.sync, (nth) => this.sync(nth)),
      this.steadily(1000 / PER_S.score, (nth, dueMs) => this.score(nth, dueMs)),
      this.steadily(faultEveryMs, (nth) => this.fault(nth)),
      this.steadily(SAMPLE_MS, async () => {
        this.usages.push(await this.service.usage());
      }),
    ]);
  }

  /** Starts an operation every so often, whether or not the earlier ones have ended. */
  private async steadily(
    everyMs: number,
    operation: (nth: number, dueMs: number) => Promise<void>,
  ): Promise<void> {
    const startMs = performance.now();
    const started: Promise<void>[] = [];
    for (let nth = 0; nth * everyMs < this.durationMs; nth += 1) {
      const dueMs = startMs + nth * everyMs;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      started.push(operation(nth, dueMs));
    }
    await Promise.all(started);
  }

  private async launch(nth: number, dueMs: number): Promise<void> {
    const { platform, contextId, userIds } = this.courseAt(nth);
    const userId = userIds[nth % userIds.length];
    await this.attempt(platform, async () => {
      await this.lms.call('launch', { platform, contextId, userId });
      this.latencies.launch.push(performance.now() - dueMs);
    });
  }

  private async sync(nth: number): Promise<void> {
    const { platform, id } = this.courseAt(nth);
    await this.attempt(platform, () => this.service.request('POST', `/courses/${id}/sync`));
  }

  /** A score for each pair of a user and a line item: the platform then shows whether it came, and how often. */
  private async score(nth: number, dueMs: number): Promise<void> {
    const { platform, id, userIds, lineItemIds } = this.courseAt(nth);
    const pair = Math.floor(nth / this.courses.length);
    const userId = userIds[pair % MEMBERS]!;
    const lineItemId = lineItemIds[Math.floor(pair / MEMBERS)]!;
    const scoreGiven = nth % 21;
    const progress = { activityProgress: 'Completed', gradingProgress: 'FullyGraded' };
    this.sent.set(`${lineItemId} ${userId}`, scoreGiven);
    await this.attempt(platform, async () => {
      const scores = [{ userId, lineItemId, scoreGiven, scoreMaximum: 20, ...progress }];
      const { accepted } = await this.service.request<{ accepted: number }>(
        'POST',
        `/courses/${id}/scores`,
        scores,
      );
      if (accepted !== 1) throw new Error('The service did not accept a score.');
      this.latencies.score.push(performance.now() - dueMs);
    });
  }

  private async fault(nth: number): Promise<void> {
    const platform = nth % CONTROL;
    const fault = faults[nth % faults.length]!;
    this.injected.push({ atMs: this.clock.nowMs(), platform, nth: nth % faults.length });
    for (const each of fault.inject) {
      if (each === 'expire-tokens') await this.lms.call('expireTokens', { platform });
      else await this.lms.call('fault', { platform, fault: each });
    }
  }

  private courseAt(nth: number): Course {
    return this.courses[nth % this.courses.length]!;
  }

  private async attempt(platform: number, operation: () => Promise<unknown>): Promise<void> {
    try {
      await operation();
    } catch (error) {
      this.failures.push({ atMs: this.clock.nowMs(), platform, text: String(error) });
    }
  }

  *rows(
    minutes: number,
    { runs, scores }: StoredWork,
    delivered: readonly LmsScore[],
    exitCode: number | null,
  ): Generator<Row> {
    const durations = (rows: readonly StoredRow[]) => rows.flatMap(({ ms }) => ms ?? []);
    yield* percentileRows('launch', this.latencies.launch);
    // The platform without faults shows what of a latency is a back-off after a fault.
    const control = this.registrationIds[CONTROL];
    const atControl = (rows: readonly StoredRow[]) =>
      durations(rows.filter(({ registrationId }) => registrationId === control));
    yield* percentileRows('sync', durations(runs));
    yield* percentileRows('sync-without-faults', atControl(runs));
    yield* percentileRows('score-request', this.latencies.score);
    yield* percentileRows('score-delivery', durations(scores));
    yield* percentileRows('score-delivery-without-faults', atControl(scores));
    yield* this.usageRows(minutes);
    yield* this.errorRows(runs, scores);
    yield* this.scoreRows(delivered);
    const unfinished = [...runs, ...scores].filter(({ ms }) => ms === null).length;
    yield rowOf({
      case: CASE,
      name: 'unfinished',
      value: unfinished,
      unit: 'runs and scores',
      bar: { atMost: 0 },
    });
    yield rowOf({
      case: CASE,
      name: 'exit-code',
      value: exitCode ?? NaN,
      unit: 'after SIGTERM',
      bar: { atMost: 0 },
    });
  }

  private *usageRows(minutes: number): Generator<Row> {
    const warm = this.usages.slice(Math.floor(this.usages.length * WARM_UP));
    const points = warm.map(({ atMs, memoryMiB }) => ({ x: atMs / 60_000, y: memoryMiB }));
    const isJudged = minutes >= MIN_JUDGED_MINUTES;
    yield rowOf({
      case: CASE,
      name: 'memory-slope',
      value: slopeOf(points),
      unit: 'MiB per min',
      ...(isJudged && { bar: { atMost: 2 } }),
    });
    const memory = warm.map(({ memoryMiB }) => memoryMiB);
    yield rowOf({ case: CASE, name: 'memory', value: percentile(memory, 0.5), unit: 'MiB', rounds: memory });
    const handles = warm.map((usage) => usage.handles);
    const quarter = Math.ceil(handles.length / 4);
    yield rowOf({
      case: CASE,
      name: 'handles',
      value: percentile(handles, 0.5),
      unit: 'handles',
      rounds: handles,
    });
    yield rowOf({
      case: CASE,
      name: 'handles-growth',
      value: percentile(handles.slice(-quarter), 0.5) - percentile(handles.slice(0, quarter), 0.5),
      unit: 'handles',
      ...(isJudged && { bar: { atMost: 10 } }),
    });
  }

  /** One row for each fault with the number of its errors, and one for those without a fault. */
  private *errorRows(runs: readonly StoredRow[], scores: readonly StoredRow[]): Generator<Row> {
    const platformOf = new Map(this.registrationIds.map((id, platform) => [id, platform]));
    for (const { id, platform } of this.courses) platformOf.set(id, platform);
    const failures = [...this.failures];
    for (const row of [...runs, ...scores]) {
      const platform = platformOf.get(row.registrationId);
      if (platform !== undefined) platformOf.set(row.id, platform);
      if (row.error !== null) failures.push({ atMs: row.atMs, platform, text: row.error });
    }
    for (const { atMs, text } of this.service.complaints) {
      const ids = text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
      const platform = ids.map((id) => platformOf.get(id)).find((found) => found !== undefined);
      failures.push({ atMs, platform, text });
    }
    const counts = new Map<number, number>();
    let unexplained = 0;
    for (const failure of failures) {
      const cause = this.causeOf(failure);
      if (cause === undefined) {
        unexplained += 1;
        process.stderr.write(`Unexplained: ${JSON.stringify(failure)}\n`);
      } else counts.set(cause, (counts.get(cause) ?? 0) + 1);
    }
    for (const [nth, { name }] of faults.entries()) {
      const times = this.injected.filter((each) => each.nth === nth).length;
      const value = counts.get(nth) ?? 0;
      yield rowOf({ case: CASE, name: `errors: ${name}`, value, unit: `errors of ${times} faults` });
    }
    yield rowOf({
      case: CASE,
      name: 'errors-unexplained',
      value: unexplained,
      unit: 'errors',
      bar: { atMost: 0 },
    });
  }

  /** The latest fault of the same platform that can have caused it. */
  private causeOf({ atMs, platform, text }: Failure): number | undefined {
    return this.injected.findLast(
      (fault) =>
        fault.platform === platform &&
        fault.atMs <= atMs &&
        atMs - fault.atMs <= CONSEQUENCE_MS &&
        faults[fault.nth]!.causes.test(text),
    )?.nth;
  }

  private *scoreRows(delivered: readonly LmsScore[]): Generator<Row> {
    const right = delivered.filter(
      ({ lineItemId, userId, scoreGiven }) => this.sent.get(`${lineItemId} ${userId}`) === scoreGiven,
    );
    const duplicates = delivered.reduce((sum, { accepted }) => sum + accepted - 1, 0);
    yield rowOf({ case: CASE, name: 'scores-sent', value: this.sent.size, unit: 'scores' });
    yield rowOf({
      case: CASE,
      name: 'scores-lost',
      value: this.sent.size - right.length,
      unit: 'scores',
      bar: { atMost: 0 },
    });
    yield rowOf({
      case: CASE,
      name: 'scores-duplicate',
      value: duplicates,
      unit: 'scores',
      bar: { atMost: 0 },
    });
  }
}

function* percentileRows(name: string, figures: readonly number[]): Generator<Row> {
  for (const percent of [50, 95, 99]) {
    const value = percentile(figures, percent / 100);
    yield rowOf({ case: CASE, name: `${name}-p${percent}`, value, unit: `ms of ${figures.length}` });
  }
}

function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
