import { median } from './median.js';
import { round } from './row.js';

const WARM_UP_MS = 1500;
const ROUNDS = 5;
const ROUND_MS = 1200;

/** Operations per second. */
export interface RatesSideBySide {
  floorPerS: number;
  oursPerS: number;
  /** Ours / floor in each round. */
  ratios: readonly number[];
}

/**
 * Measures how many of two operations can be done in a second with so many of them in flight: in turns, so that whatever
 * else the machine does falls on both. The median of the rounds counts.
 */
export async function ratesSideBySide(
  floor: () => Promise<unknown>,
  ours: () => Promise<unknown>,
  inFlight: number,
): Promise<RatesSideBySide> {
  const floors: number[] = [];
  const our: number[] = [];
  await ratePerS(floor, inFlight, WARM_UP_MS);
  await ratePerS(ours, inFlight, WARM_UP_MS);
  for (let nth = 0; nth < ROUNDS; nth += 1) {
    floors.push(await ratePerS(floor, inFlight, ROUND_MS));
    our.push(await ratePerS(ours, inFlight, ROUND_MS));
  }
  return {
    floorPerS: round(median(floors)),
    oursPerS: round(median(our)),
    ratios: our.map((figure, nth) => figure / (floors[nth] ?? NaN)),
  };
}

async function ratePerS(operation: () => Promise<unknown>, inFlight: number, forMs: number): Promise<number> {
  const startMs = performance.now();
  let count = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - startMs < forMs) {
      await operation();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return (count / (performance.now() - startMs)) * 1000;
}
