import { z } from 'zod';
import { textSchema } from '../../common/text.schema.js';

const MAX_URL = 4096;
const MAX_TEXT = 10_000;
const MAX_CUSTOM = 100;

/** The states of a submission (Submission Review 1.0). `None`: the student has not begun. */
const statuses = ['None', 'InProgress', 'Submitted', 'Completed'] as const;

const url = z
  .string()
  .max(MAX_URL)
  .refine((value) => /^https?:/i.test(value) && URL.canParse(value), 'must be an absolute http(s) URL');
/** Only text: platforms have failed over null and numbers. An empty text is allowed. */
const custom = z
  .record(z.string().min(1).max(255), z.string().max(MAX_TEXT))
  .refine((record) => Object.keys(record).length <= MAX_CUSTOM, `must have at most ${MAX_CUSTOM} members`);

/** How the tool shows the submissions of a line item, by a launch of the type `LtiSubmissionReviewRequest`. */
export const submissionReviewSchema = z.strictObject({
  /** The states in which the platform offers the review. Default: the platform decides. */
  reviewableStatus: z.array(z.enum(statuses)).max(statuses.length).optional(),
  /** The text of the platform's link. */
  label: textSchema(255).optional(),
  /** The target of the launch. Default: that of the resource link. */
  url: url.optional(),
  /** Custom parameters of the launch. */
  custom: custom.optional(),
});
/** How the tool shows the submissions of a line item (Submission Review 1.0). Every field may be left out. */
export type SubmissionReview = z.output<typeof submissionReviewSchema>;

const wireText = z.string().min(1).optional().catch(undefined);
const isStatus = (status: unknown): status is (typeof statuses)[number] =>
  (statuses as readonly unknown[]).includes(status);

/** As platforms send it: what cannot be read is left out. Without any member it says that there is a review. */
export const wireSubmissionReviewSchema = z
  .object({
    reviewableStatus: z
      .array(z.unknown())
      .transform((list) => list.filter(isStatus))
      .optional()
      .catch(undefined),
    label: wireText,
    url: wireText,
    custom: z
      .record(z.string(), z.unknown())
      .transform((record) => {
        const texts = Object.entries(record).filter(([, value]) => typeof value === 'string');
        return Object.fromEntries(texts) as Record<string, string>;
      })
      .optional()
      .catch(undefined),
  })
  .nullish()
  .catch(undefined);
