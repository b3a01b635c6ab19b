import { z } from 'zod';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { type Extensions, extensionsOf } from './extensions.schema.js';
import {
  type lineItemChangesSchema,
  type newLineItemSchema,
  wireLineItemSchema,
} from './line-item.schema.js';
import { type SubmissionReview } from './submission-review.schema.js';

/** One column of a course's gradebook (AGS 2.0 3.2). */
export interface LineItem {
  /** The URL of the line item. Calls read, change and score it by this URL. */
  id: string;
  /** The name of the column; empty if the platform sent none. */
  label: string;
  /** Above 0; 0 when the platform sent no such number. It accepts scores in both cases. */
  scoreMaximum: number;
  /** The link in the course that the line item belongs to. */
  resourceLinkId?: string;
  /** The tool's own name of the graded resource. Unlike ids, a copied course keeps it. */
  resourceId?: string;
  /** The tool's own name of the kind of grade, for resources with several grades. */
  tag?: string;
  /** From when students can submit. */
  startDateTime?: Date;
  /** Until when students can submit. */
  endDateTime?: Date;
  /** Whether students see their grades. Absent if the platform does not say. */
  gradesReleased?: boolean;
  /** How the tool shows the submissions of this line item (Submission Review 1.0). Without it the platform offers no review. */
  submissionReview?: SubmissionReview;
  /** The platform's fields that are named by full URLs. */
  extensions: Extensions;
}

/** A line item, and the object that the platform sent. */
export interface ReadLineItem {
  lineItem: LineItem;
  wire: Readonly<Record<string, unknown>>;
}

/**
 * @param calledBy the URL of the line item, if it is known: used if the id that the platform sends is not a URL
 * @throws ZodError without a full URL for an id
 */
export function readLineItem(json: unknown, calledBy?: string): ReadLineItem {
  const { id, label, scoreMaximum, ...more } = wireLineItemSchema.parse(withId(json, calledBy));
  const wire = json as Record<string, unknown>;
  const optional = {
    resourceLinkId: more.resourceLinkId ?? undefined,
    resourceId: more.resourceId ?? undefined,
    tag: more.tag ?? undefined,
    startDateTime: more.startDateTime ?? undefined,
    endDateTime: more.endDateTime ?? undefined,
    gradesReleased: more.gradesReleased ?? undefined,
    submissionReview: more.submissionReview ? present(more.submissionReview) : undefined,
  };
  return {
    lineItem: { id, label, scoreMaximum, ...present(optional), extensions: extensionsOf(wire) },
    wire,
  };
}

function withId(json: unknown, id: string | undefined): unknown {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  if (id === undefined || !isObject || z.url().safeParse((json as { id?: unknown }).id).success) return json;
  return { ...json, id };
}

/** The URL of a line item that cannot be read, if it has one: its id may be relative. */
export function lineItemIdOf(json: unknown, endpoint: string): string | undefined {
  const { id } = (json ?? {}) as { id?: unknown };
  return typeof id === 'string' && URL.canParse(id, endpoint) ? new URL(id, endpoint).href : undefined;
}

/** The body of the POST that creates a line item. */
export function newLineItemBody({ extensions, ...fields }: z.output<typeof newLineItemSchema>): string {
  return JSON.stringify({ ...extensions, ...wireFields(fields) });
}

/** The body of the PUT that changes a line item: the object that the platform sent, with the changes. */
export function changedLineItemBody(
  wire: Readonly<Record<string, unknown>>,
  { extensions, ...changes }: z.output<typeof lineItemChangesSchema>,
  family: PlatformFamily,
): string {
  const changed = { ...wire, ...extensions, ...wireFields(changes) };
  const isRemoved = (name: string): boolean =>
    // Blackboard answers 400 to an id in a PUT.
    changes[name as keyof typeof changes] === null || (name === 'id' && family === 'blackboard');
  return JSON.stringify(Object.fromEntries(Object.entries(changed).filter(([name]) => !isRemoved(name))));
}

type Changes = Omit<z.output<typeof lineItemChangesSchema>, 'extensions'>;

function wireFields({ startDateTime, endDateTime, ...fields }: Changes): Record<string, unknown> {
  return present({
    ...fields,
    startDateTime: startDateTime instanceof Date ? startDateTime.toISOString() : startDateTime,
    endDateTime: endDateTime instanceof Date ? endDateTime.toISOString() : endDateTime,
  });
}

/** Leaves out undefined fields. `null` stays: it removes a field. */
function present<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
