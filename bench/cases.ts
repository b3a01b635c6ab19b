import { type Row } from './row.js';

export interface BenchOptions {
  /** How long the case runs, if it runs as long as it is asked to. */
  minutes: number;
}

export interface BenchCase {
  /** Minutes on two cores. */
  minutes: number;
  /** Runs only if it is named, and its bars count then. */
  onlyByName?: true;
  /** Yields each row when it is measured. The case runs in a process of its own, so it may block and use memory. */
  load: () => Promise<(options: BenchOptions) => AsyncGenerator<Row>>;
}

/**
 * The cases of `npm run bench`. `npm run bench -- bars` runs all of them but the soak, which is as long as it is asked to be.
 * To add one: a file `<name>.bench.ts`, and a line here.
 */
export const cases: Readonly<Record<string, BenchCase>> = {
  tokens: { minutes: 1, load: async () => (await import('./tokens.bench.js')).tokensBench },
  scores: { minutes: 1, load: async () => (await import('./scores.bench.js')).scoresBench },
  launch: { minutes: 1, load: async () => (await import('./launch.bench.js')).launchBench },
  fairness: { minutes: 2, load: async () => (await import('./fairness.bench.js')).fairnessBench },
  sync: { minutes: 1, load: async () => (await import('./sync.bench.js')).syncBench },
  courses: { minutes: 2, load: async () => (await import('./courses.bench.js')).coursesBench },
  'roster-db': { minutes: 2, load: async () => (await import('./roster-db.bench.js')).rosterDbBench },
  peers: { minutes: 6, load: async () => (await import('./peers.bench.js')).peersBench },
  start: { minutes: 1, load: async () => (await import('./start.bench.js')).startBench },
  install: { minutes: 2, load: async () => (await import('./install.bench.js')).installBench },
  soak: { minutes: 10, onlyByName: true, load: async () => (await import('./soak.bench.js')).soakBench },
};
