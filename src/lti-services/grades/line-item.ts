import { z } from 'zod';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { type Extensions, extensionsOf } from './extensions.schema.js';
import {
  type lineItemChangesSchema,
  type newLineItemSchema,
  wireLineItemSchema,
} from './line-item.schema.js';

/** One column of a course's gradebook. AGS 2.0 3.2 */
export interface LineItem {
  /** Its URL, by which it is read, changed and scored. */
  id: string;
  label: string;
  /** Above 0; 0 when the platform sent no such number. Scores can be posted all the same. */
  scoreMaximum: number;
  resourceLinkId?: string;
  resourceId?: string;
  tag?: string;
  startDateTime?: Date;
  endDateTime?: Date;
  gradesReleased?: boolean;
  extensions: Extensions;
}

/** A line item and all that the platform said of it. */
export interface ReadLineItem {
  lineItem: LineItem;
  wire: Readonly<Record<string, unknown>>;
}

/**
 * @param calledBy its URL, where that is known; of use if what the platform sends as its id is not one
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

/** Where a line item is that cannot be read, as far as it says so: its id may be relative. */
export function lineItemIdOf(json: unknown, endpoint: string): string | undefined {
  const { id } = (json ?? {}) as { id?: unknown };
  return typeof id === 'string' && URL.canParse(id, endpoint) ? new URL(id, endpoint).href : undefined;
}

/** The body of a POST. */
export function newLineItemBody({ extensions, ...fields }: z.output<typeof newLineItemSchema>): string {
  return JSON.stringify({ ...extensions, ...wireFields(fields) });
}

/** The body of a PUT: what was there, unknown fields too, with the changes in it. */
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

/** Without what is absent. `null` stays: it takes a field away. */
function present<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
