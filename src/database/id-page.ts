import { type FindOperator, LessThan, MoreThan } from 'typeorm';
import { type PageQuery } from '../common/page.schema.js';

interface IdPage {
  /** The rows after the cursor, as a condition. */
  after: { id?: FindOperator<string> };
  order: { id: 'asc' | 'desc' };
  take: number;
}

/**
 * How to find the rows of a page, and one more, which shows that it is not the last page.
 *
 * @example
 * const { after, ...page } = idPage(query);
 * const rows = await this.runs.find({ where: { courseId, ...after }, ...page });
 * return pageOf(rows, query.limit, ({ id }) => id, view);
 */
export function idPage({ limit, cursor, order = 'desc' }: PageQuery): IdPage {
  const isAfter = order === 'asc' ? MoreThan : LessThan;
  return {
    after: cursor === undefined ? {} : { id: isAfter(cursor) },
    order: { id: order },
    take: limit + 1,
  };
}
