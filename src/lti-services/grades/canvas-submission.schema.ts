import { z } from 'zod';
import { instantSchema } from './instant.schema.js';

export const CANVAS_SUBMISSION = 'https://canvas.instructure.com/lti/submission';

/** Canvas' extension of a score. https://canvas.instructure.com/doc/api/score.html */
export const canvasSubmissionSchema = z.strictObject({
  /** Whether the score is a new attempt. Default here: false (Canvas' own: true, which makes one of each correction). */
  newSubmission: z.boolean().default(false),
  /** Keeps the grade that is there, where the score is a new attempt. */
  preserveScore: z.boolean().optional(),
  /** Does not replace a submission that came otherwise. */
  prioritizeNonToolGrade: z.boolean().optional(),
  submissionType: z
    .enum(['none', 'basic_lti_launch', 'online_text_entry', 'online_url', 'external_tool', 'online_upload'])
    .optional(),
  /** URL or text, as `submissionType` says. */
  submissionData: z.string().max(65_536).optional(),
  submittedAt: instantSchema.optional(),
});

export type CanvasSubmission = z.output<typeof canvasSubmissionSchema>;
