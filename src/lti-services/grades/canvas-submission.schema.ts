import { z } from 'zod';
import { instantSchema } from './instant.schema.js';

export const CANVAS_SUBMISSION = 'https://canvas.instructure.com/lti/submission';

const MAX_FILES = 100;

/** A file that Canvas fetches and adds to the submission. */
const contentItemSchema = z.strictObject({
  type: z.literal('file').default('file'),
  /** Canvas fetches this URL without a token: use a signed URL that expires. */
  url: z.url({ protocol: /^https?$/ }).max(4096),
  /** Its name, with an extension. */
  title: z.string().min(1).max(255),
});

/** Canvas' extension of a score. https://canvas.instructure.com/doc/api/score.html */
export const canvasSubmissionSchema = z
  .strictObject({
    /** Whether the score is a new attempt. Default: false. (Canvas' own default is true: each correction counts as an attempt.) */
    newSubmission: z.boolean().default(false),
    /** Leaves the grade unchanged. */
    preserveScore: z.boolean().optional(),
    /** Does not replace an existing grade, whatever its source. The grade can still be cleared. */
    prioritizeNonToolGrade: z.boolean().optional(),
    submissionType: z
      .enum(['none', 'basic_lti_launch', 'online_text_entry', 'online_url', 'external_tool', 'online_upload'])
      .optional(),
    /** URL or text, as `submissionType` says. */
    submissionData: z.string().max(65_536).optional(),
    /**
     * When the student submitted. Canvas counts an attempt for each new value, so all tries of a score need the same one.
     * Default for a new submission: the score's timestamp.
     */
    submittedAt: instantSchema.optional(),
    /** The files of an `online_upload`. */
    contentItems: z.array(contentItemSchema).min(1).max(MAX_FILES).optional(),
  })
  .refine(
    ({ submissionType, contentItems }) => submissionType !== 'online_upload' || contentItems !== undefined,
    { path: ['contentItems'], error: 'is needed with submissionType online_upload' },
  );

export type CanvasSubmission = z.output<typeof canvasSubmissionSchema>;
