import { z } from 'zod';
import { canvasSubmission } from '../service-constants.js';

const dateTime = z.iso.datetime({ offset: true });

const progress = z.enum(['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady']);
export type GradingProgress = z.infer<typeof progress>;

/** A score as AGS 2.0 3.4 has it; extensions pass. Whether a maximum comes with a score is checked elsewhere, since families answer it differently. */
export const scoreSchema = z.looseObject({
  userId: z.string().min(1),
  timestamp: dateTime,
  activityProgress: z.enum(['Initialized', 'Started', 'InProgress', 'Submitted', 'Completed']),
  gradingProgress: progress,
  scoreGiven: z.number().min(0).optional(),
  scoreMaximum: z.number().positive().optional(),
  comment: z.string().optional(),
  scoringUserId: z.string().optional(),
  submission: z.looseObject({ startedAt: dateTime.optional(), submittedAt: dateTime.optional() }).optional(),
  [canvasSubmission]: z
    .looseObject({
      new_submission: z.boolean().optional(),
      submission_type: z.string().optional(),
      submitted_at: dateTime.optional(),
      preserve_score: z.boolean().optional(),
      prioritize_non_tool_grade: z.boolean().optional(),
      content_items: z
        .array(z.looseObject({ type: z.literal('file'), url: z.url(), title: z.string() }))
        .optional(),
    })
    .optional(),
});

/** A score as a tool posted it (AGS 2.0 3.4), with its extensions. */
export type Score = z.infer<typeof scoreSchema>;

/** A score that an earlier system or a teacher stored in the gradebook. */
export const earlierScoreSchema = scoreSchema.partial({ activityProgress: true, gradingProgress: true });

/** A score that an earlier system or a teacher stored: progress is optional. */
export type EarlierScore = z.input<typeof earlierScoreSchema>;
