import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ID_KEY, type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { afterKey } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { CourseLineItem } from './course-line-item.entity.js';
import { CourseResult } from './course-result.entity.js';
import { type CourseLineItemQuery, type CourseResultQuery, RESULT_KEY } from './gradebook.schema.js';
import { storable } from '../common/storable-text.js';

/**
 * The line items and results of each course as of its last sync.
 *
 * @example
 * const { items } = await courseGradebook.lineItems(courseId, { limit: 50 }, ({ label }) => label);
 */
@Injectable()
export class CourseGradebookService {
  constructor(
    @InjectRepository(CourseLineItem, LTI_DATA_SOURCE) private readonly items: Repository<CourseLineItem>,
    @InjectRepository(CourseResult, LTI_DATA_SOURCE) private readonly grades: Repository<CourseResult>,
  ) {}

  /**
   * A page of the line items, by a key of the database that is made from the id.
   *
   * @example
   * const { items } = await courseGradebook.lineItems(courseId, { limit: 50 }, ({ lineItemId, label }) => ({ lineItemId, label }));
   */
  async lineItems<T>(
    courseId: string,
    query: CourseLineItemQuery,
    view: (lineItem: CourseLineItem) => T,
  ): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(query, 'asc', ID_KEY);
    const rows = await this.items.find({
      where: { courseId, ...(after !== undefined && { lineItemKey: afterKey(order, after) }) },
      order: { lineItemKey: order },
      take: limit + 1,
    });
    return pageOf(rows, { limit, order }, (row) => row.lineItemKey, view);
  }

  /**
   * A page of the results, ordered by line item, then by user id.
   *
   * @example
   * const { items } = await courseGradebook.results(courseId, { userId, limit: 50 }, ({ lineItem, resultScore }) => ({
   *   label: lineItem.label,
   *   resultScore,
   * }));
   */
  async results<T>(
    courseId: string,
    { lineItemId, userId, ...page }: CourseResultQuery,
    view: (result: CourseResult) => T,
  ): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(page, 'asc', RESULT_KEY);
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const query = this.grades
      .createQueryBuilder('result')
      .innerJoinAndSelect('result.lineItem', 'item')
      .where('result.courseId = :courseId', { courseId })
      .orderBy('result.lineItemKey', direction)
      .addOrderBy('result.userId', direction)
      .limit(limit + 1);
    if (lineItemId !== undefined) query.andWhere('item.lineItemId = :id', { id: storable(lineItemId) });
    if (userId !== undefined) query.andWhere({ userId });
    if (after !== undefined) {
      const isAfter = order === 'asc' ? '>' : '<';
      query.andWhere(
        `(result.lineItemKey, result.userId) ${isAfter} (:afterKey, :afterUser)`,
        placeOf(after),
      );
    }
    return pageOf(await query.getMany(), { limit, order }, keyOf, view);
  }
}

function keyOf({ lineItemKey: key, userId }: CourseResult): string {
  return `${key}.${userId}`;
}

function placeOf(key: string): { afterKey: string; afterUser: string } {
  const dot = key.indexOf('.');
  return { afterKey: key.slice(0, dot), afterUser: key.slice(dot + 1) };
}
