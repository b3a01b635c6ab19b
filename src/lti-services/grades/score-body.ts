import { type PlatformFamily } from '../../registrations/platform-family.js';
import { CANVAS_SUBMISSION, type CanvasSubmission } from './canvas-submission.schema.js';
import { type Extensions } from './extensions.schema.js';
import { type Score } from './score.schema.js';

/** A score as it goes out: one line, which Moodle insists on (it answers 200 to any other and saves nothing). */
export function scoreBody(score: Score, timestamp: Date, family: PlatformFamily): string {
  const { scoreGiven, submission, canvasSubmission, extensions } = score;
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
  return JSON.stringify(
    Object.assign(fields, extensions, canvasFields(canvasSubmission, family, extensions)),
  );
}

/** Canvas takes every score for a new attempt unless it is told otherwise. */
function canvasFields(
  submission: CanvasSubmission | undefined,
  family: PlatformFamily,
  extensions: Extensions = {},
): Record<string, unknown> | undefined {
  if (submission === undefined) {
    const isTold = family !== 'canvas' || CANVAS_SUBMISSION in extensions;
    return isTold ? undefined : { [CANVAS_SUBMISSION]: { new_submission: false } };
  }
  return {
    [CANVAS_SUBMISSION]: {
      new_submission: submission.newSubmission,
      preserve_score: submission.preserveScore,
      prioritize_non_tool_grade: submission.prioritizeNonToolGrade,
      submission_type: submission.submissionType,
      submission_data: submission.submissionData,
      submitted_at: submission.submittedAt?.toISOString(),
    },
  };
}
