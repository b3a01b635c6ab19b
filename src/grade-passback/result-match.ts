import { type Result } from '../lti-services/grades/result.js';
import { type Score } from '../lti-services/grades/score.schema.js';

/** Gradebooks round: grades that differ by less than this part of the maximum are equal. */
const ROUNDING = 1e-6;

/** Whether the result in the gradebook is the one that this score causes. */
export function matchesResult(
  { scoreGiven, scoreMaximum = 1 }: Pick<Score, 'scoreGiven' | 'scoreMaximum'>,
  result: Pick<Result, 'resultScore' | 'resultMaximum'> | undefined,
): boolean {
  const { resultScore, resultMaximum = 1 } = result ?? {};
  if (scoreGiven === null || resultScore === undefined)
    return scoreGiven === null && resultScore === undefined;
  return Math.abs(resultScore / resultMaximum - scoreGiven / scoreMaximum) < ROUNDING;
}
