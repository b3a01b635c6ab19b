import { type PlatformFamily } from '../../registrations/platform-family.js';
import { CANVAS_SUBMISSION, type CanvasSubmission } from './canvas-submission.schema.js';
import { type Extensions } from './extensions.schema.js';
import { type Score } from './score.schema.js';

/** A score as it goes out: one line, which Moodle insists on (it answers 200 to any other and saves nothing). */
export function scoreBody(score: Score & { timestamp: Date }, family: PlatformFamily): string {
  const { submission, canvasSubmission, extensions, scoreGiven, timestamp, ...fields } = score;
  return JSON.stringify({
    ...extensions,
    ...fields,
    timestamp: timestamp.toISOString(),
    // AGS 2.0 3.4.5: without it the platform clears the grade.
    ...(scoreGiven === null ? { scoreMaximum: undefined } : { scoreGiven }),
    ...(submission && {
      submission: {
        startedAt: submission.startedAt?.toISOString(),
        submittedAt: submission.submittedAt?.toISOString(),
      },
    }),
    ...canvasFields(canvasSubmission, family, extensions),
  });
}

/** Canvas takes every score for a new attempt unless it is told otherwise. */
function canvasFields(
  submission: CanvasSubmission | undefined,
  family: PlatformFamily,
  extensions: Extensions = {},
): Record<string, unknown> {
  if (submission === undefined) {
    const isTold = family !== 'canvas' || CANVAS_SUBMISSION in extensions;
    return isTold ? {} : { [CANVAS_SUBMISSION]: { new_submission: false } };
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
