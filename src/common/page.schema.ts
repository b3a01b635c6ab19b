import { z } from 'zod';

const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

/** The query of every list: `limit` rows after `cursor`, which the page before gave. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().min(1).max(512).optional(),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

/** One page of a list. Without `nextCursor` it is the last one. */
export interface Page<T> {
  items: T[];
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
/** Keyset paging by our ids, which are UUIDv7 and so in order of their making. */
export const idPageQuerySchema = pageQuerySchema.extend({
  cursor: z.uuid('must be the nextCursor of a page').optional(),
});

/** For the OpenAPI document. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
