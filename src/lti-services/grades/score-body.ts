import { type PlatformFamily } from '../../registrations/platform-family.js';
import { CANVAS_SUBMISSION, type CanvasSubmission } from './canvas-submission.schema.js';
import { type Score } from './score.schema.js';

/** A score as it goes out: one line, which Moodle insists on (it answers 200 to any other and saves nothing). */
export function scoreBody(score: Score, timestamp: Date, family: PlatformFamily): string {
  const { scoreGiven, submission, extensions } = score;
  // Named one by one: to copy the rest of an object takes three times as long as to write all of this.
  const fields = {
    userId: score.userId,
    // AGS 2.0 3.4.5: without it the platform clears the grade.
    scoreGiven: scoreGiven ?? undefined,
    scoreMaximum: scoreGiven === null ? undefined : score.scoreMaximum,
    timestamp: timestamp.toISOString(),
    activityProgress: score.activityProgress,
    gradingProgress: score.gradingProgress,
    comment: score.comment,
    scoringUserId: score.scoringUserId,
    submission: submission && {
      startedAt: submission.startedAt?.toISOString(),
      submittedAt: submission.submittedAt?.toISOString(),
    },
  } satisfies Record<Exclude<keyof Score, 'canvasSubmission' | 'extensions'>, unknown>;
  return JSON.stringify(Object.assign(fields, extensions, canvasFields(score, timestamp, family)));
}

/** Canvas takes every score for a new attempt unless it is told otherwise. */
function canvasFields(
  { canvasSubmission, extensions, submission }: Score,
  timestamp: Date,
  family: PlatformFamily,
): Record<string, unknown> | undefined {
  const raw = extensions?.[CANVAS_SUBMISSION];
  if (raw === undefined && canvasSubmission === undefined) {
    return family === 'canvas' ? { [CANVAS_SUBMISSION]: { new_submission: false } } : undefined;
  }
  const given = isObject(raw) ? raw : undefined;
  if (raw !== undefined && given === undefined && canvasSubmission === undefined) return undefined;
  const merged = { ...given, ...submissionFields(canvasSubmission) };
  const isTold = merged.submitted_at !== undefined || submission?.submittedAt !== undefined;
  // One value for all tries: a retry after a lost answer must not be one more attempt.
  const attempt = family === 'canvas' && isAttempt(merged) && !isTold;
  return { [CANVAS_SUBMISSION]: attempt ? { ...merged, submitted_at: timestamp.toISOString() } : merged };
}

function submissionFields(submission: CanvasSubmission | undefined): Record<string, unknown> {
  if (submission === undefined) return {};
  const fields = {
    new_submission: submission.newSubmission,
    preserve_score: submission.preserveScore,
    prioritize_non_tool_grade: submission.prioritizeNonToolGrade,
    submission_type: submission.submissionType,
    submission_data: submission.submissionData,
    submitted_at: submission.submittedAt?.toISOString(),
    content_items: submission.contentItems,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Canvas' default is true, but for the submission type `none`. */
function isAttempt({ new_submission, submission_type }: Record<string, unknown>): boolean {
  return new_submission === undefined ? submission_type !== 'none' : new_submission === true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
