import { type Result } from '../lti-services/grades/result.js';
import { type ScoreInput } from '../lti-services/grades/score.schema.js';

/** Parts of the whole that two grades may differ by and be the same: gradebooks round. */
const ROUNDING = 1e-6;

/** Whether a result is what the score would have made of it. */
export function isTaken(
  { scoreGiven, scoreMaximum = 1 }: Pick<ScoreInput, 'scoreGiven' | 'scoreMaximum'>,
  result: Pick<Result, 'resultScore' | 'resultMaximum'> | undefined,
): boolean {
  const { resultScore, resultMaximum = 1 } = result ?? {};
  if (scoreGiven === null || resultScore === undefined)
    return scoreGiven === null && resultScore === undefined;
  return Math.abs(resultScore / resultMaximum - scoreGiven / scoreMaximum) < ROUNDING;
}
