import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { exportJWK } from 'jose';
import { freePort } from '../src/demo/free-port.js';
import { BenchPostgres } from './bench-postgres.js';
import { ContestantProcess } from './contestant-process.js';
import { launchClient } from './launch-client.js';
import { BenchPlatform } from './launch-platform.js';
import { median } from './median.js';
import { round, type Row, rowOf, type RowInput } from './row.js';

const CASE = 'peers';
const ROUNDS = 5;
const SCORES = 5000;
const SCORES_IN_FLIGHT = 50;
const CALLERS = 200;
const MEMBERS = 10_000;
const ROSTER_READS = 5;
const COURSES = 200;
const COURSES_IN_FLIGHT = 10;
const LAUNCHES_IN_FLIGHT = 10;
const LAUNCH_MS = 3000;
/** That of the recorded launch. */
const DEPLOYMENT = '1';

/** The scripts of bench/peers and their arguments. The bare loop of undici is the floor. */
const contestants = {
  undici: ['loop.mjs', 'undici'],
  axios: ['loop.mjs', 'axios'],
  ltijs: ['ltijs.mjs'],
  'lti-tool': ['lti-tool.mjs'],
  'nest-lti': ['nest-lti.mjs', 'express'],
  'nest-lti on Fastify': ['nest-lti.mjs', 'fastify'],
} as const;
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];
const withServices = names.filter((name) => name !== 'nest-lti on Fastify');
/** The bare server of `undici` is the floor; axios has nothing to do with launches. */
const withLaunches = names.filter((name) => name !== 'axios');

interface Run {
  ms: number;
  failed: number;
}

/** The figures of each round by contestant. */
type Figures = Record<string, Partial<Record<Contestant, number[]>>>;

/** The same work by other libraries and by bare loops, in interleaved rounds against one platform. */
export async function* peersBench(): AsyncGenerator<Row> {
  installPeers();
  const postgres = await BenchPostgres.start();
  try {
    const databases = new Map<Contestant, string>();
    for (const name of names) {
      databases.set(name, await postgres.createDatabase(`peer_${name}`));
    }
    yield* servicesRows(databases);
    yield* launchRows(databases);
  } finally {
    await postgres.stop();
  }
}

/** By the lock file of bench/peers, on the first run. */
function installPeers(): void {
  if (existsSync('bench/peers/node_modules/ltijs')) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: 'bench/peers',
    stdio: ['ignore', 2, 2],
  });
}

async function* servicesRows(databases: Map<Contestant, string>): AsyncGenerator<Row> {
  const stub = await ContestantProcess.start('stub.mjs');
  const figures: Figures = {};
  const running = new Map<Contestant, ContestantProcess>();
  try {
    const lms = (await stub.call('url')) as string;
    for (const name of withServices) running.set(name, await start(name, databases));
    for (let nth = 0; nth < ROUNDS; nth += 1) {
      for (const [name, contestant] of running) {
        const measured = await servicesRound(contestant, stub, lms);
        for (const [what, figure] of Object.entries(measured)) add(figures, what, name, figure);
      }
    }
  } finally {
    for (const contestant of running.values()) await contestant.stop();
    await stub.stop();
  }
  yield rateRow(figures, 'scores', 'scores per s', { atLeast: 0.5 });
  yield countRow(figures, 'scores-token-requests', 'requests', 1);
  yield countRow(figures, 'scores-lost', 'scores', 0);
  yield countRow(figures, 'herd-token-requests', 'requests', 1);
  yield countRow(figures, 'herd-failed', 'callers', 0);
  yield rateRow(figures, 'roster', 'members per s', { atLeast: 0.6 });
  yield countRow(figures, 'roster-missing', 'members', 0);
  yield rateRow(figures, 'courses', 'courses per s', { atLeast: 0.6 });
  yield countRow(figures, 'courses-failed', 'courses', 0);
}

/** New client ids, so that no token is there yet. */
async function servicesRound(contestant: ContestantProcess, stub: ContestantProcess, lms: string) {
  const register = async (): Promise<string> => {
    const clientId = randomUUID();
    const urls = { lms, issuer: lms, tokenUrl: `${lms}/token`, jwksUrl: `${lms}/jwks` };
    await contestant.call('register', { ...urls, clientId, deploymentId: DEPLOYMENT });
    return clientId;
  };
  const counts = async () =>
    (await stub.call('counts')) as { tokenRequests: Record<string, number>; scores: number };
  await counts();

  const clientId = await register();
  const herd = (await contestant.call('herd', { clientId, callers: CALLERS })) as Run;
  const herdTokens = (await counts()).tokenRequests[clientId] ?? 0;

  const scorer = await register();
  const input = { clientId: scorer, count: SCORES, limit: SCORES_IN_FLIGHT };
  const scores = (await contestant.call('scores', input)) as Run;
  const sent = await counts();

  const startMs = performance.now();
  let members = 0;
  for (let nth = 0; nth < ROSTER_READS; nth += 1) {
    members += (await contestant.call('roster', { clientId: scorer })) as number;
  }
  const rosterMs = performance.now() - startMs;
  const courses = (await contestant.call('courses', {
    clientId: scorer,
    count: COURSES,
    limit: COURSES_IN_FLIGHT,
  })) as Run;
  return {
    'herd-token-requests': herdTokens,
    'herd-failed': herd.failed,
    scores: perS(sent.scores, scores.ms),
    'scores-token-requests': sent.tokenRequests[scorer] ?? 0,
    'scores-lost': SCORES - sent.scores,
    // A part of the roster is not the roster: the rate then is that of what came.
    roster: perS(members, rosterMs),
    'roster-missing': MEMBERS - members / ROSTER_READS,
    courses: perS(COURSES - courses.failed, courses.ms),
    'courses-failed': courses.failed,
  };
}

/** Each round has new processes: a launch is as cold there as after a deployment. */
async function* launchRows(databases: Map<Contestant, string>): AsyncGenerator<Row> {
  const platform = await BenchPlatform.start();
  const figures: Figures = {};
  try {
    for (let nth = 0; nth < ROUNDS; nth += 1) {
      for (const name of withLaunches) {
        const measured = await launchRound(name, databases, platform);
        for (const [what, figure] of Object.entries(measured)) add(figures, what, name, figure);
      }
    }
  } finally {
    await platform.stop();
  }
  yield rateRow(figures, 'launches', 'launches per s', { atLeast: 0.2 });
  yield rateRow(figures, 'launches', 'launches per s', { atLeast: 0.3 }, 'nest-lti on Fastify');
  const [ours, theirs] = [figures.launches?.['nest-lti'] ?? [], figures.launches?.ltijs ?? []];
  yield rowOf({
    case: CASE,
    name: 'launches-against-ltijs',
    value: round(median(ours)),
    unit: 'launches per s',
    floor: round(median(theirs)),
    rounds: ours.map((figure, nth) => figure / (theirs[nth] ?? NaN)),
    bar: { atLeast: 4 },
  });
  yield rateRow(figures, 'launch-cpu', 'ms per launch');
  yield rateRow(figures, 'launch-cpu', 'ms per launch', undefined, 'nest-lti on Fastify');
  for (const what of ['statements', 'commits'] as const) {
    const value = median(figures[`launch-${what}`]?.['nest-lti'] ?? []);
    if (!(value > 0)) throw new Error(`The ${what} of launches were not counted.`);
    const unit = `${what} per launch`;
    // The rest are those of periodic work in the same time.
    yield rowOf({ case: CASE, name: `launch-${what}`, value, unit, bar: { atMost: 1.05 } });
  }
}

async function launchRound(name: Contestant, databases: Map<Contestant, string>, platform: BenchPlatform) {
  const port = await freePort(0);
  const contestant = await start(name, databases, port);
  try {
    // Another issuer would be another platform; the client id of a round is new.
    const { issuer, jwksUrl } = platform;
    const clientId = platform.renew();
    const registration = { lms: issuer, issuer, clientId, jwksUrl, tokenUrl: `${issuer}/token` };
    await contestant.call('register', { ...registration, deploymentId: DEPLOYMENT });
    const publicJwk = await exportJWK(platform.publicKey);
    const served = (await contestant.call('listen', { port, issuer, clientId, publicJwk })) as {
      url: string;
      login: string;
      launch: string;
    };
    const launch = launchClient(served.url, platform, served);
    await launch();
    const isOurs = name.startsWith('nest-lti');
    const counts = async () => ({
      commits: (await contestant.call('commits')) as number,
      statements: (await contestant.call('statements')) as number,
    });
    const before = isOurs ? await counts() : undefined;
    const cpuMs = (await contestant.call('cpuMs')) as number;
    const startMs = performance.now();
    let launches = 0;
    const work = async (): Promise<void> => {
      while (performance.now() - startMs < LAUNCH_MS) {
        await launch();
        launches += 1;
      }
    };
    await Promise.all(Array.from({ length: LAUNCHES_IN_FLIGHT }, work));
    const figures = {
      launches: perS(launches, performance.now() - startMs),
      'launch-cpu': (((await contestant.call('cpuMs')) as number) - cpuMs) / launches,
    };
    if (before === undefined) return figures;
    const after = await counts();
    return {
      ...figures,
      'launch-statements': (after.statements - before.statements) / launches,
      'launch-commits': (after.commits - before.commits) / launches,
    };
  } finally {
    await contestant.stop();
  }
}

async function start(
  name: Contestant,
  databases: Map<Contestant, string>,
  port?: number,
): Promise<ContestantProcess> {
  const [script, ...args] = contestants[name];
  const contestant = await ContestantProcess.start(script, args);
  await contestant.call('open', { databaseUrl: databases.get(name), port: port ?? (await freePort(0)) });
  return contestant;
}

function add(figures: Figures, what: string, name: Contestant, figure: number): void {
  ((figures[what] ??= {})[name] ??= []).push(figure);
}

function rateRow(
  figures: Figures,
  what: string,
  unit: string,
  bar?: RowInput['bar'],
  ours: Contestant = 'nest-lti',
): Row {
  const of = figures[what] ?? {};
  const floors = of.undici ?? [];
  const our = of[ours] ?? [];
  return rowOf({
    case: CASE,
    name: ours === 'nest-lti' ? what : `${what}-fastify`,
    value: median(our),
    unit,
    floor: round(median(floors)),
    rounds: our.map((figure, nth) => figure / (floors[nth] ?? NaN)),
    ...(bar !== undefined && { bar }),
    peers: peersOf(figures, what),
  });
}

function countRow(figures: Figures, what: string, unit: string, atMost: number): Row {
  const our = figures[what]?.['nest-lti'] ?? [];
  // The worst round counts: a count has no noise.
  const value = Math.max(...our);
  return rowOf({ case: CASE, name: what, value, unit, bar: { atMost }, peers: peersOf(figures, what) });
}

function peersOf(figures: Figures, what: string): Record<string, number> {
  const peers = Object.entries(figures[what] ?? {}).filter(([name]) => !name.startsWith('nest-lti'));
  return Object.fromEntries(peers.map(([name, rounds]) => [name, round(median(rounds))]));
}

function perS(count: number, ms: number): number {
  return (count / ms) * 1000;
}
