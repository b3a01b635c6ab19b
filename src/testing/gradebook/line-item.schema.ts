import { z } from 'zod';

const dateTime = z.iso.datetime({ offset: true });

/** Submission Review 1.0 */
const submissionReviewSchema = z.strictObject({
  reviewableStatus: z.array(z.enum(['None', 'InProgress', 'Submitted', 'Completed'])).optional(),
  label: z.string().min(1).optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
  custom: z.record(z.string(), z.string()).optional(),
});

/** A line item as AGS 2.0 3.2 has it. Extensions have full URLs for names; other unknown names are ignored. */
export const lineItemSchema = z.looseObject({
  label: z.string().min(1),
  scoreMaximum: z.number().positive(),
  resourceId: z.string().optional(),
  tag: z.string().optional(),
  resourceLinkId: z.string().optional(),
  startDateTime: dateTime.optional(),
  endDateTime: dateTime.optional(),
  gradesReleased: z.boolean().optional(),
  submissionReview: submissionReviewSchema.optional(),
});

export type LineItemContent = z.infer<typeof lineItemSchema>;

export type LineItemField =
  | 'label'
  | 'scoreMaximum'
  | 'resourceId'
  | 'tag'
  | 'resourceLinkId'
  | 'startDateTime'
  | 'endDateTime'
  | 'gradesReleased'
  | 'submissionReview';
