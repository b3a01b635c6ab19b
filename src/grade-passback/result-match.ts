import { CANVAS_SUBMISSION } from '../lti-services/grades/canvas-submission.schema.js';
import { type Result } from '../lti-services/grades/result.js';
import { type Score } from '../lti-services/grades/score.schema.js';

/** Gradebooks round: grades that differ by less than this part of the maximum are equal. */
const ROUNDING = 1e-6;

/** What the gradebook shows about a score whose answer was lost. */
export type ResultMatch = 'taken' | 'not_taken' | 'unknown';

type GivenScore = Pick<Score, 'scoreGiven' | 'scoreMaximum' | 'gradingProgress'>;
type ShownResult = Pick<Result, 'resultScore' | 'resultMaximum' | 'extensions'>;

/**
 * Whether the platform took the score, as far as the user's result can show it.
 *
 * @param submission Canvas' extension as it was sent with the score
 */
export function matchResult(
  score: GivenScore,
  submission: Readonly<Record<string, unknown>> = {},
  result: ShownResult | undefined,
): ResultMatch {
  // Canvas shows the extension of the last score that it took, and the tries of one score have the same time.
  const sentAt = submittedAtOf(submission);
  const shownAt = submittedAtOf(result?.extensions[CANVAS_SUBMISSION]);
  const isCompared = sentAt !== undefined && shownAt !== undefined;
  if (isCompared && sentAt !== shownAt) return 'not_taken';
  if (submission.preserve_score === true) {
    // The result has the grade from before. Canvas creates a result for each score that it takes.
    if (result === undefined) return 'not_taken';
    return isCompared ? 'taken' : 'unknown';
  }
  if (matchesGrade(score, result)) return 'taken';
  // Where the grading is not finished, the platform may have erased the grade.
  if (score.gradingProgress !== 'FullyGraded') return isCompared ? 'taken' : 'unknown';
  if (submission.prioritize_non_tool_grade === true && result?.resultScore !== undefined) {
    // It may be a grade from another source, which the score does not replace.
    return isCompared ? 'taken' : 'unknown';
  }
  return 'not_taken';
}

function matchesGrade(
  { scoreGiven, scoreMaximum = 1 }: GivenScore,
  { resultScore, resultMaximum = 1 }: Partial<ShownResult> = {},
): boolean {
  if (scoreGiven === null || resultScore === undefined)
    return scoreGiven === null && resultScore === undefined;
  return Math.abs(resultScore / resultMaximum - scoreGiven / scoreMaximum) < ROUNDING;
}

/** In milliseconds. */
function submittedAtOf(extension: unknown): number | undefined {
  const { submitted_at: text } = (extension ?? {}) as { submitted_at?: unknown };
  const ms = typeof text === 'string' ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
