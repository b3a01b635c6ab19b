import { z } from 'zod';
import { parseInput } from './parse-input.js';
import { InvalidRequest } from './reactions.errors.js';
import { isStorable } from './storable-text.js';

/** The most items of a page. */
export const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;
const MAX_CURSOR = 4096;
const NO_CURSOR = 'must be the nextCursor of a page';
const ANY_KEY = '.+';
/** The key of a cursor that is an id of ours. */
export const ID_KEY = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export const orderSchema = z.enum(['asc', 'desc']);
/** The order of a list: `asc`, such as the oldest first, or `desc`. */
export type Order = z.output<typeof orderSchema>;

/**
 * The cursor of a list: its order, a dot and the key of the last item of the page before.
 *
 * @param key the pattern of the key
 */
export function cursorSchema(key: string) {
  const pattern = new RegExp(`^(?:asc|desc)\\.${key}$`, 's');
  return z
    .string()
    .max(MAX_CURSOR, { error: NO_CURSOR, abort: true })
    .regex(pattern, { error: NO_CURSOR, abort: true })
    .refine(isStorable, NO_CURSOR)
    .optional();
}

/** The query of every list: `limit` items after `cursor`, which the page before gave. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: cursorSchema(ANY_KEY),
  /** The order of the first page. The cursor carries it to the next pages. */
  order: orderSchema.optional(),
});

const limitSchema = pageQuerySchema.pick({ limit: true });

/** One page of a list. Without `nextCursor` it is the last one. */
export interface Page<T> {
  /** At most `limit`, in the order of the list. */
  items: T[];
  /** The `cursor` of the next page. Absent on the last one. */
  nextCursor?: string;
}

/** Where a page begins, and how long it is. */
export interface PageStart {
  limit: number;
  order: Order;
  /** The key of the last item of the page before; undefined for the first page. */
  after: string | undefined;
}

/**
 * @param byDefault the order of a list that is asked for without one
 * @param key the pattern of the cursor's key
 * @throws {InvalidRequest} `invalid_request`: the limit is out of range; the cursor is not one, or belongs to a list in another order
 */
export function pageStartOf(query: PageQuery, byDefault: Order, key = ANY_KEY): PageStart {
  const { cursor, order } = query;
  const { limit } = parseInput(limitSchema, { limit: query.limit });
  if (cursor === undefined) return { limit, order: order ?? byDefault, after: undefined };
  if (!cursorSchema(key).safeParse(cursor).success)
    throw InvalidRequest.of([{ field: 'cursor', message: NO_CURSOR }]);
  const dot = cursor.indexOf('.');
  const carried = orderSchema.parse(cursor.slice(0, dot));
  if (order !== undefined && order !== carried) {
    const message = `contradicts the cursor, which continues a list in the order ${carried}: leave out order, or begin again without cursor`;
    throw InvalidRequest.of([{ field: 'order', message }]);
  }
  return { limit, order: carried, after: cursor.slice(dot + 1) };
}

/** @param rows one more than `limit`, if there are that many: so the last page knows that it is the last */
export function pageOf<Row, T>(
  rows: readonly Row[],
  { limit, order }: { limit: number; order: Order },
  keyOf: (row: Row) => string,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? `${order}.${keyOf(last)}` : undefined;
  return { items: shown.map(view), ...(nextCursor !== undefined && { nextCursor }) };
}

export const idParamSchema = z.uuid('must be a UUID');
/**
 * The query of a list in order of time. Its cursor has an id of ours: those are UUIDv7, which begin with the time of creation. So
 * rows that are created or deleted between two pages move no other row to another page.
 */
export const idPageQuerySchema = pageQuerySchema.extend({
  cursor: cursorSchema(ID_KEY),
  /** `desc`: the newest first; `asc`: the oldest first. The order of the first page: the cursor carries it to the next pages. */
  order: orderSchema.optional(),
});

/** The page of a list. */
export interface PageQuery {
  /** The most items of the page, 1 to 500. Default: 50. */
  limit?: number | undefined;
  /** The `nextCursor` of the page before. It carries the order. */
  cursor?: string | undefined;
  /** Default: the order of the cursor; on the first page of a list in order of time `desc`, the newest first. */
  order?: Order | undefined;
}

/** For the OpenAPI document. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
