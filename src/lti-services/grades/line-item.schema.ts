import { z } from 'zod';
import { extensionsSchema } from './extensions.schema.js';
import { instantSchema } from './instant.schema.js';
import { wireNumber } from './wire-number.schema.js';

const MAX_TEXT = 1000;

const text = z.string().min(1).max(MAX_TEXT);

const fields = {
  label: text,
  /** Above 0. */
  scoreMaximum: z.number().positive(),
  /** The link that the line item belongs to: it is coupled to it. */
  resourceLinkId: text.optional(),
  /** The tool's own name for what is graded. Survives the copy of a course, as ids do not. */
  resourceId: text.optional(),
  /** The tool's own name for the kind of grade, where one resource has several. */
  tag: text.optional(),
  startDateTime: instantSchema.optional(),
  endDateTime: instantSchema.optional(),
  gradesReleased: z.boolean().optional(),
  /** Keys are full URLs. */
  extensions: extensionsSchema.optional(),
};

/** A line item to make. AGS 2.0 3.2 */
export const newLineItemSchema = z.strictObject(fields);
export type NewLineItem = z.input<typeof newLineItemSchema>;

const UNFINDABLE = 'resourceId or resourceLinkId is needed: without both there is nothing to find it by';

/** A line item to find, or to make. */
export const findableLineItemSchema = newLineItemSchema.superRefine((wanted, context) => {
  if (wanted.resourceId !== undefined || wanted.resourceLinkId !== undefined) return;
  context.addIssue({ code: 'custom', path: ['resourceId'], message: UNFINDABLE });
  context.addIssue({ code: 'custom', path: ['resourceLinkId'], message: UNFINDABLE });
});

/** What to change in one; `null` takes a field away. */
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
    extensions: extensionsSchema,
  })
  .partial();
export type LineItemChanges = z.input<typeof lineItemChangesSchema>;

/** Moodle has '' for what is absent. Some send numbers, which are taken while they are exact. */
const wireText = z
  .union([z.string(), z.int().transform(String)])
  .transform((value) => (value === '' ? undefined : value))
  .nullish()
  .catch(undefined);
const wireInstant = instantSchema.nullish().catch(undefined);

/** As platforms send it. What we do not know is kept: a PUT replaces the whole. */
export const wireLineItemSchema = z.looseObject({
  id: z.url(),
  label: z.string().catch(''),
  // Canvas has assignments of no points; AGS 2.0 3.2.8 asks for more than 0 of those that write.
  scoreMaximum: wireNumber.pipe(z.number().positive()).catch(0),
  resourceLinkId: wireText,
  resourceId: wireText,
  tag: wireText,
  startDateTime: wireInstant,
  endDateTime: wireInstant,
  gradesReleased: z.boolean().nullish().catch(undefined),
});
