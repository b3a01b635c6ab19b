import { Bench } from 'tinybench';
import { median } from './median.js';
import { round } from './row.js';

const ROUNDS = 5;
const ROUND_MS = 300;

/** The cost of one operation, in microseconds. */
export interface SideBySide {
  floorUs: number;
  oursUs: number;
  /** Ours / floor in each round. */
  ratios: readonly number[];
}

/**
 * Measures two ways to do the same, in turns, so that whatever else the machine does falls on both. The median of the
 * rounds' medians counts.
 *
 * @param batch operations in one call: more than one where one is quicker than the clock is fine
 */
export async function sideBySide(
  floor: () => Promise<unknown>,
  ours: () => Promise<unknown>,
  batch = 1,
): Promise<SideBySide> {
  const floors: number[] = [];
  const our: number[] = [];
  for (let nth = 0; nth < ROUNDS; nth += 1) {
    const bench = new Bench({ time: ROUND_MS, warmupTime: ROUND_MS / 3 });
    bench.add('floor', floor).add('ours', ours);
    await bench.run();
    floors.push(medianUs(bench, 'floor') / batch);
    our.push(medianUs(bench, 'ours') / batch);
  }
  return {
    floorUs: round(median(floors)),
    oursUs: round(median(our)),
    ratios: our.map((figure, nth) => figure / (floors[nth] ?? NaN)),
  };
}

function medianUs(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result === undefined || !('latency' in result)) {
    throw new Error(`The bench of ${name} failed.`, { cause: result });
  }
  return result.latency.p50 * 1000;
}
