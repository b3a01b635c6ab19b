import { type FaultInput } from '../../src/testing/index.js';
import { SeededRandom } from './seeded-random.js';

export type ChaosFault =
  /** SIGKILL, and a new process after `downMs`. */
  | { kind: 'kill'; worker: number; downMs: number }
  /** SIGSTOP, and SIGCONT after `ms`. */
  | { kind: 'pause'; worker: number; ms: number }
  /** `stop`: the server ends its connections and stops. `crash`: SIGKILL. */
  | { kind: 'postgres'; how: 'stop' | 'crash'; downMs: number }
  /** SIGKILL. Its append-only file stays. */
  | { kind: 'redis'; downMs: number }
  | { kind: 'platform'; faults: readonly (FaultInput | 'expire-tokens')[] }
  /** The next requests of the webhook are answered with this status. */
  | { kind: 'receiver'; status: number; times: number };

/** A fault, and when it begins, from the start of the run. */
export type PlannedFault = ChaosFault & { atMs: number };

/** How long a worker is disturbed by a kill, with the boot of the next process. */
const BOOT_MS = 6000;
const LONGEST_PAUSE_MS = 40_000;

const platformFaults: readonly (readonly (FaultInput | 'expire-tokens')[])[] = [
  [{ kind: 'throttle', on: 'memberships', retryAfter: 2, times: 5 }],
  [{ kind: 'server-error', on: 'memberships', times: 5 }],
  [{ kind: 'unavailable', on: 'memberships', retryAfter: 1, times: 5 }],
  [{ kind: 'latency', on: 'memberships', ms: 2000, times: 20 }],
  [{ kind: 'cut', on: 'memberships', when: 'mid-body', times: 5 }],
  [{ kind: 'cut', on: 'scores', when: 'before-headers', times: 3 }],
  [{ kind: 'server-error', on: 'scores', times: 3 }],
  [{ kind: 'throttle', on: 'scores', retryAfter: 2, times: 3 }],
  ['expire-tokens'],
  ['expire-tokens', { kind: 'server-error', on: 'token', times: 1 }],
];

/**
 * The faults of a run, by time. They depend on nothing but the seed, the duration and the number of workers. One worker at least is
 * never disturbed, and PostgreSQL is restarted exactly twice.
 */
export function planFaults(seed: number, durationMs: number, workers: number): PlannedFault[] {
  const random = new SeededRandom(seed);
  const plan = [
    ...workerFaults(random, durationMs, workers),
    ...serverFaults(random, durationMs),
    ...every(random, durationMs, 5000, (atMs) => ({
      atMs,
      kind: 'platform',
      faults: random.pick(platformFaults),
    })),
    ...every(random, durationMs, 15_000, (atMs) => ({
      atMs,
      kind: 'receiver',
      status: random.pick([429, 500, 503]),
      times: 1 + random.below(3),
    })),
  ];
  return plan.toSorted((one, other) => one.atMs - other.atMs);
}

function workerFaults(random: SeededRandom, durationMs: number, workers: number): PlannedFault[] {
  const longestPauseMs = Math.min(LONGEST_PAUSE_MS, durationMs / 2);
  const disturbedUntil = Array.from({ length: workers }, () => 0);
  return every(random, durationMs, 4000, (atMs) => {
    const free = disturbedUntil.flatMap((untilMs, worker) => (untilMs <= atMs ? [worker] : []));
    if (free.length < 2) return undefined;
    const worker = random.pick(free);
    if (random.next() < 0.5) {
      const downMs = random.between(200, 3000);
      disturbedUntil[worker] = atMs + downMs + BOOT_MS;
      return { atMs, kind: 'kill', worker, downMs };
    }
    const ms = random.between(Math.min(5000, longestPauseMs / 2), longestPauseMs);
    disturbedUntil[worker] = atMs + ms;
    return { atMs, kind: 'pause', worker, ms };
  });
}

function serverFaults(random: SeededRandom, durationMs: number): PlannedFault[] {
  const near = (share: number): number => durationMs * (share + random.between(-0.05, 0.05));
  const downMs = (longest: number): number => random.between(500, Math.min(longest, durationMs / 6));
  return [
    { atMs: near(0.15), kind: 'redis', downMs: downMs(10_000) },
    { atMs: near(0.35), kind: 'postgres', how: 'stop', downMs: downMs(10_000) },
    { atMs: near(0.55), kind: 'redis', downMs: downMs(10_000) },
    { atMs: near(0.75), kind: 'postgres', how: 'crash', downMs: downMs(10_000) },
  ];
}

/** At random moments that are `meanMs` apart on average. */
function every(
  random: SeededRandom,
  durationMs: number,
  meanMs: number,
  faultAt: (atMs: number) => PlannedFault | undefined,
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (let atMs = random.between(0, meanMs); atMs < durationMs; atMs += random.between(0.5, 1.5) * meanMs) {
    const fault = faultAt(atMs);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}
