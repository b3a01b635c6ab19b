import { z } from 'zod';
import { extensionsSchema } from './extensions.schema.js';
import { instantSchema } from './instant.schema.js';
import { submissionReviewSchema, wireSubmissionReviewSchema } from './submission-review.schema.js';
import { wireNumber } from './wire-number.schema.js';

const MAX_TEXT = 1000;

const text = z.string().min(1).max(MAX_TEXT);

const fields = {
  label: text,
  /** Above 0. */
  scoreMaximum: z.number().positive(),
  /** The link in the course that the line item belongs to. */
  resourceLinkId: text.optional(),
  /** The tool's own name of the graded resource. Unlike ids, a copied course keeps it. */
  resourceId: text.optional(),
  /** The tool's own name of the kind of grade, for resources with several grades. */
  tag: text.optional(),
  startDateTime: instantSchema.optional(),
  endDateTime: instantSchema.optional(),
  gradesReleased: z.boolean().optional(),
  /** Submission Review 1.0: the tool shows the submissions of this line item. */
  submissionReview: submissionReviewSchema.optional(),
  /** Keys are full URLs. */
  extensions: extensionsSchema.optional(),
};

/** A line item to create (AGS 2.0 3.2). */
export const newLineItemSchema = z.strictObject(fields);
/** A line item to create. `label` and `scoreMaximum` (above 0) are needed; texts have at most 1,000 characters. */
export type NewLineItem = z.input<typeof newLineItemSchema>;

const UNFINDABLE = 'resourceId or resourceLinkId is needed: nothing else identifies the line item';

/** A line item to find or to create. */
export const findableLineItemSchema = newLineItemSchema.superRefine((wanted, context) => {
  if (wanted.resourceId !== undefined || wanted.resourceLinkId !== undefined) return;
  context.addIssue({ code: 'custom', path: ['resourceId'], message: UNFINDABLE });
  context.addIssue({ code: 'custom', path: ['resourceLinkId'], message: UNFINDABLE });
});

/** The fields to change in a line item; `null` removes a field. */
export const lineItemChangesSchema = z
  .strictObject({
    label: fields.label,
    scoreMaximum: fields.scoreMaximum,
    resourceLinkId: text.nullable(),
    resourceId: text.nullable(),
    tag: text.nullable(),
    startDateTime: instantSchema.nullable(),
    endDateTime: instantSchema.nullable(),
    gradesReleased: z.boolean().nullable(),
    /** Replaces the whole object. */
    submissionReview: submissionReviewSchema.nullable(),
    extensions: extensionsSchema,
  })
  .partial();
/** The fields to change in a line item. A missing field stays; `null` removes it. */
export type LineItemChanges = z.input<typeof lineItemChangesSchema>;

/** Moodle sends '' for an absent text. Some platforms send numbers, which are accepted if they are exact. */
const wireText = z
  .union([z.string(), z.int().transform(String)])
  .transform((value) => (value === '' ? undefined : value))
  .nullish()
  .catch(undefined);
const wireInstant = instantSchema.nullish().catch(undefined);

/** A line item as platforms send it. Unknown fields are kept, because a PUT replaces the whole line item. */
export const wireLineItemSchema = z.looseObject({
  id: z.url(),
  label: z.string().catch(''),
  // Canvas has assignments without points. AGS 2.0 3.2.8 requires more than 0 of tools only.
  scoreMaximum: wireNumber.pipe(z.number().positive()).catch(0),
  resourceLinkId: wireText,
  resourceId: wireText,
  tag: wireText,
  startDateTime: wireInstant,
  endDateTime: wireInstant,
  gradesReleased: z.boolean().nullish().catch(undefined),
  submissionReview: wireSubmissionReviewSchema,
});
