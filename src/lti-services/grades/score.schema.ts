import { z } from 'zod';
import { canvasSubmissionSchema } from './canvas-submission.schema.js';
import { extensionsSchema } from './extensions.schema.js';
import { instantSchema } from './instant.schema.js';

const MAX_ID = 512;
const MAX_COMMENT = 65_536;

/** AGS 2.0 3.4.7: the progress of the student. */
export const activityProgressSchema = z.enum(
  ['Initialized', 'Started', 'InProgress', 'Submitted', 'Completed'],
  { error: 'must be Initialized, Started, InProgress, Submitted or Completed' },
);

/** AGS 2.0 3.4.8: the progress of the grading. */
export const gradingProgressSchema = z.enum(
  ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
  { error: 'must be FullyGraded, Pending, PendingManual, Failed or NotReady' },
);

const id = z.string().min(1).max(MAX_ID);

/** AGS 2.0 3.4.11: when the work was started and submitted. */
const submissionSchema = z.strictObject({
  startedAt: instantSchema.optional(),
  submittedAt: instantSchema.optional(),
});

/** A score, as the caller gives it. */
export const scoreSchema = z
  .strictObject({
    /** LTI `sub` of the student. */
    userId: id,
    /** At least 0; above `scoreMaximum` is extra credit. `null` clears the grade; a missing field is an error. */
    scoreGiven: z.union([z.number().min(0), z.null()], {
      error: 'is needed: a number of 0 or more, or null to clear the grade',
    }),
    /** Above 0. Needed with a `scoreGiven`. */
    scoreMaximum: z.number().positive().optional(),
    /** The time of the score, which orders the scores of a student. Default: now. */
    timestamp: instantSchema.optional(),
    /** Default: `Completed`. */
    activityProgress: activityProgressSchema.default('Completed'),
    /** Default: `FullyGraded`. Moodle erases the grade at anything else. */
    gradingProgress: gradingProgressSchema.default('FullyGraded'),
    comment: z.string().max(MAX_COMMENT).optional(),
    /** LTI `sub` of the grading user. */
    scoringUserId: id.optional(),
    submission: submissionSchema.optional(),
    /** Canvas' own fields of the submission. */
    canvasSubmission: canvasSubmissionSchema.optional(),
    /** Keys are full URLs; sent as they are. */
    extensions: extensionsSchema.optional(),
  })
  .refine(({ scoreGiven, scoreMaximum }) => scoreGiven === null || scoreMaximum !== undefined, {
    path: ['scoreMaximum'],
    error: 'is needed with scoreGiven',
  });

/** The input of a caller. */
export type ScoreInput = z.input<typeof scoreSchema>;
/** The checked score, with defaults. */
export type Score = z.output<typeof scoreSchema>;

type TextOf<T> = T extends Date ? string : T;
type WithTexts<T> = { [Name in keyof T]: TextOf<T[Name]> };

/** A checked score that was stored as JSON: its moments are ISO 8601 texts. */
export type StoredScore = WithTexts<Omit<Score, 'submission' | 'canvasSubmission'>> & {
  submission?: WithTexts<NonNullable<Score['submission']>> | undefined;
  canvasSubmission?: WithTexts<NonNullable<Score['canvasSubmission']>> | undefined;
};
