import { Agent } from 'undici';
import { median } from './median.js';
import { outboxBenchParts } from './outbox-bench-parts.js';
import { round as roundTo3, type Row, rowOf } from './row.js';
import { ratesSideBySide } from './rates-side-by-side.js';
import { scoreBenchParts } from './score-bench-parts.js';
import { ScoreStub } from './score-stub.js';

const CASE = 'scores';
const IN_FLIGHT = 50;
const OUTBOX_ROUNDS = 6;
const SCORES_A_ROUND = 2500;

/** Scores: how many are sent in a second. */
export async function* scoresBench(): AsyncGenerator<Row> {
  const stub = await ScoreStub.start();
  try {
    yield await postScoreRow(stub);
    yield await outboxRow(stub);
  } finally {
    await stub.stop();
  }
}

/** `postScore` with a stored token, against undici's own request of the same bytes. */
async function postScoreRow(stub: ScoreStub): Promise<Row> {
  const { postScore, request, stop } = await scoreBenchParts(stub.origin, IN_FLIGHT);
  const agent = new Agent({ connections: IN_FLIGHT });
  try {
    const { oursPerS, floorPerS, ratios } = await ratesSideBySide(
      async () => (await agent.request(request)).body.text(),
      postScore,
      IN_FLIGHT,
    );
    const bar = { atLeast: 0.5 };
    return rowOf({
      case: CASE,
      name: 'scores',
      value: oursPerS,
      unit: 'per s',
      floor: floorPerS,
      rounds: ratios,
      bar,
    });
  } finally {
    await agent.destroy();
    await stop();
  }
}

/** Scores through the outbox, against the same posts with one hand-written INSERT before and one UPDATE after each. */
async function outboxRow(stub: ScoreStub): Promise<Row> {
  const { ours, floor, stop } = await outboxBenchParts(stub.origin, IN_FLIGHT);
  const rates = { floor: [] as number[], ours: [] as number[] };
  try {
    for (let round = 0; round < OUTBOX_ROUNDS; round += 1) {
      rates.floor.push(await ratePerS(floor, round));
      rates.ours.push(await ratePerS(ours, round));
    }
  } finally {
    await stop();
  }
  // The first round of each warms up.
  const [our, floors] = [rates.ours.slice(1), rates.floor.slice(1)];
  const bar = { atLeast: 0.5 };
  return rowOf({
    case: CASE,
    name: 'outbox',
    value: median(our),
    unit: 'per s',
    floor: roundTo3(median(floors)),
    rounds: our.map((figure, nth) => figure / (floors[nth] ?? NaN)),
    bar,
  });
}

async function ratePerS(
  send: (round: number, scores: number) => Promise<void>,
  round: number,
): Promise<number> {
  const startMs = performance.now();
  await send(round, SCORES_A_ROUND);
  return (SCORES_A_ROUND / (performance.now() - startMs)) * 1000;
}
