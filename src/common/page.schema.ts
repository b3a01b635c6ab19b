import { z } from 'zod';

const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

/** The query of every list: `limit` items after `cursor`, which the page before gave. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().min(1).max(512).optional(),
});

/** One page of a list. Without `nextCursor` it is the last one. */
export interface Page<T> {
  /** At most `limit`, in the order of the list. */
  items: T[];
  /** The `cursor` of the next page. Absent on the last one. */
  nextCursor?: string;
}

/** @param rows one more than `limit`, if there are that many: so the last page knows that it is the last */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? cursorOf(last) : undefined;
  return { items: shown.map(view), ...(nextCursor !== undefined && { nextCursor }) };
}

export const idParamSchema = z.uuid('must be a UUID');
/**
 * The query of a list in order of time. Its cursor is an id of ours: those are UUIDv7, which begin with the time of creation. So
 * rows that are created or deleted between two pages move no other row to another page.
 */
export const idPageQuerySchema = pageQuerySchema.extend({
  cursor: z.uuid('must be the nextCursor of a page').optional(),
  /** `desc`: the newest first; `asc`: the oldest first. The same for all pages of a list. */
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** The page of a list in order of time. */
export interface PageQuery {
  /** The most items of the page. */
  limit: number;
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined;
  /** Default: `desc`, the newest first. The same for all pages of a list. */
  order?: 'asc' | 'desc' | undefined;
}

/** For the OpenAPI document. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
