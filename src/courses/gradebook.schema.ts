import { z } from 'zod';
import { lineItemChangesSchema } from '../lti-services/grades/line-item.schema.js';
import { cursorSchema, ID_KEY, pageQuerySchema } from '../common/page.schema.js';
import { flagSchema, opaqueTextSchema, urlSchema } from '../common/text.schema.js';

/** The key of the cursor of results: the line item's key and the user id. */
export const RESULT_KEY = `${ID_KEY}\\..+`;
const MAX_LINE_ITEM_ID = 4096;

export const lineItemQuerySchema = pageQuerySchema.extend({ cursor: cursorSchema(ID_KEY) });
/** Line items by page. */
export type CourseLineItemQuery = Partial<z.output<typeof lineItemQuerySchema>>;

/** What the API shows of a line item. */
export const lineItemViewSchema = z.object({
  /** Its URL at the platform. */
  id: z.string(),
  label: z.string(),
  scoreMaximum: z.number(),
  resourceLinkId: z.string().nullable(),
  resourceId: z.string().nullable(),
  tag: z.string().nullable(),
  startDateTime: z.iso.datetime().nullable(),
  endDateTime: z.iso.datetime().nullable(),
  gradesReleased: z.boolean().nullable(),
  /** How the tool shows the submissions of this line item, by an `LtiSubmissionReviewRequest`. */
  submissionReview: z
    .object({
      reviewableStatus: z.array(z.string()).optional(),
      label: z.string().optional(),
      url: z.string().optional(),
      custom: z.record(z.string(), z.string()).optional(),
    })
    .nullable(),
  extensions: z.record(z.string(), z.unknown()),
  updatedAt: z.iso.datetime(),
});
export type LineItemView = z.output<typeof lineItemViewSchema>;

/** The query of a request about one line item, at its platform. */
export const lineItemIdQuerySchema = z.strictObject({
  /** The URL of the line item, which is its `id`. */
  lineItemId: urlSchema,
});
export type LineItemIdQuery = z.output<typeof lineItemIdQuerySchema>;

/** Body of PATCH /api/v1/courses/:id/line-items/one. */
export const updateLineItemSchema = lineItemChangesSchema.refine(
  (body) => Object.keys(body).length > 0,
  'must name at least one field',
);

export const lineItemDeletionQuerySchema = lineItemIdQuerySchema.extend({
  /** Deletes it even if it belongs to a link of the course. */
  force: flagSchema,
});
export type LineItemDeletionQuery = z.output<typeof lineItemDeletionQuerySchema>;

export const resultQuerySchema = pageQuerySchema.extend({
  cursor: cursorSchema(RESULT_KEY),
  /** The URL of a line item. */
  lineItemId: opaqueTextSchema(MAX_LINE_ITEM_ID).optional(),
  userId: opaqueTextSchema(512).optional(),
});
/** Results by page, of one line item, one user, or all. */
export type CourseResultQuery = Partial<z.output<typeof resultQuerySchema>>;

/** A result in API responses. */
export const resultViewSchema = z.object({
  lineItemId: z.string(),
  userId: z.string(),
  /** Null if there is no grade. */
  resultScore: z.number().nullable(),
  resultMaximum: z.number(),
  comment: z.string().nullable(),
  scoringUserId: z.string().nullable(),
  /** Null if the platform does not send it. */
  gradedAt: z.iso.datetime().nullable(),
  extensions: z.record(z.string(), z.unknown()),
  updatedAt: z.iso.datetime(),
});
export type ResultView = z.output<typeof resultViewSchema>;
