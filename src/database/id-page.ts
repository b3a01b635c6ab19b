import { type FindOperator, LessThan, MoreThan } from 'typeorm';
import { ID_KEY, type Order, type PageQuery, pageStartOf } from '../common/page.schema.js';

interface IdPage {
  /** The rows after the cursor, as a condition. */
  after: { id?: FindOperator<string> };
  /** How to find the rows of the page, and one more, which shows that it is not the last page. */
  find: { order: { id: Order }; take: number };
  /** For `pageOf`. */
  page: { limit: number; order: Order };
}

/**
 * How to read a page of rows in the order of their ids.
 *
 * @throws {InvalidRequest} `invalid_request`: the limit is out of range; the cursor is not one, or belongs to a list in another order
 * @example
 * const { after, find, page } = idPage(query);
 * const rows = await this.runs.find({ where: { courseId, ...after }, ...find });
 * return pageOf(rows, page, ({ id }) => id, view);
 */
export function idPage(query: PageQuery): IdPage {
  const { limit, order, after } = pageStartOf(query, 'desc', ID_KEY);
  return {
    after: after === undefined ? {} : { id: afterKey(order, after) },
    find: { order: { id: order }, take: limit + 1 },
    page: { limit, order },
  };
}

/** The rows after this key, as a condition. */
export function afterKey(order: Order, key: string): FindOperator<string> {
  return order === 'asc' ? MoreThan(key) : LessThan(key);
}
