import { type PlatformFamily } from '../../registrations/platform-family.js';
import { CANVAS_SUBMISSION, type CanvasSubmission } from './canvas-submission.schema.js';
import { type Score, type StoredScore } from './score.schema.js';

/** The body of a score request. It is one line: to any other body Moodle answers 200 and saves nothing. */
export function scoreBody(score: Score | StoredScore, timestamp: Date, family: PlatformFamily): string {
  const { scoreGiven, submission, extensions } = score;
  const canvas = canvasFields(score, timestamp, family);
  // Each field is named: copying the rest of an object takes three times as long as all of this. JSON writes dates in UTC.
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
      startedAt: submission.startedAt,
      submittedAt: submission.submittedAt,
    },
  } satisfies Record<Exclude<keyof Score, 'canvasSubmission' | 'extensions'>, unknown>;
  return JSON.stringify(Object.assign(fields, extensions, canvas && { [CANVAS_SUBMISSION]: canvas }));
}

/** Canvas' extension as it is sent. Canvas counts each score as a new attempt if `new_submission` is missing. */
export function canvasFields(
  { canvasSubmission, extensions, submission }: Score | StoredScore,
  timestamp: Date,
  family: PlatformFamily,
): Record<string, unknown> | undefined {
  const raw = extensions?.[CANVAS_SUBMISSION];
  if (raw === undefined && canvasSubmission === undefined) {
    return family === 'canvas' ? { new_submission: false } : undefined;
  }
  const given = isObject(raw) ? raw : undefined;
  if (raw !== undefined && given === undefined && canvasSubmission === undefined) return undefined;
  const merged: Record<string, unknown> = { ...given, ...submissionFields(canvasSubmission) };
  const hasTime = merged.submitted_at !== undefined || submission?.submittedAt !== undefined;
  // The same value in all tries: a retry after a lost answer must not count as another attempt.
  const attempt = family === 'canvas' && isAttempt(merged) && !hasTime;
  return attempt ? { ...merged, submitted_at: timestamp.toISOString() } : merged;
}

function submissionFields(
  submission: CanvasSubmission | StoredScore['canvasSubmission'],
): Record<string, unknown> {
  if (submission === undefined) return {};
  const fields = {
    new_submission: submission.newSubmission,
    preserve_score: submission.preserveScore,
    prioritize_non_tool_grade: submission.prioritizeNonToolGrade,
    submission_type: submission.submissionType,
    submission_data: submission.submissionData,
    submitted_at: submission.submittedAt,
    content_items: submission.contentItems,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Canvas' default is true, except for the submission type `none`. */
function isAttempt({ new_submission, submission_type }: Record<string, unknown>): boolean {
  return new_submission === undefined ? submission_type !== 'none' : new_submission === true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
