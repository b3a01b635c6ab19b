import { type Row } from './row.js';

export interface BenchCase {
  /** Minutes on two cores. */
  minutes: number;
  /** Yields each row when it is measured. The case runs in a process of its own, so it may block and use memory. */
  load: () => Promise<() => AsyncGenerator<Row>>;
}

/**
 * The cases of `npm run bench`. All of them together have every bar of the project; `npm run bench -- bars` runs them all.
 * To add one: a file `<name>.bench.ts`, and a line here.
 */
export const cases: Readonly<Record<string, BenchCase>> = {
  tokens: { minutes: 1, load: async () => (await import('./tokens.bench.js')).tokensBench },
  scores: { minutes: 1, load: async () => (await import('./scores.bench.js')).scoresBench },
  launch: { minutes: 1, load: async () => (await import('./launch.bench.js')).launchBench },
  peers: { minutes: 6, load: async () => (await import('./peers.bench.js')).peersBench },
};
