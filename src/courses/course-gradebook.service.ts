import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { type Page, pageOf } from '../common/page.schema.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { CourseLineItem } from './course-line-item.entity.js';
import { CourseResult } from './course-result.entity.js';
import { type CourseLineItemQuery, type CourseResultQuery } from './gradebook.schema.js';
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
   * A page of the line items, in no order that means anything.
   *
   * @example
   * const { items } = await courseGradebook.lineItems(courseId, { limit: 50 }, ({ lineItemId, label }) => ({ lineItemId, label }));
   */
  async lineItems<T>(
    courseId: string,
    { limit, cursor }: CourseLineItemQuery,
    view: (lineItem: CourseLineItem) => T,
  ): Promise<Page<T>> {
    const rows = await this.items.find({
      where: { courseId, ...(cursor !== undefined && { lineItemKey: MoreThan(cursor) }) },
      order: { lineItemKey: 'ASC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (row) => row.lineItemKey, view);
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
    { limit, cursor, lineItemId, userId }: CourseResultQuery,
    view: (result: CourseResult) => T,
  ): Promise<Page<T>> {
    const query = this.grades
      .createQueryBuilder('result')
      .innerJoinAndSelect('result.lineItem', 'item')
      .where('result.courseId = :courseId', { courseId })
      .orderBy('result.lineItemKey')
      .addOrderBy('result.userId')
      .limit(limit + 1);
    if (lineItemId !== undefined) query.andWhere('item.lineItemId = :id', { id: storable(lineItemId) });
    if (userId !== undefined) query.andWhere({ userId });
    if (cursor !== undefined)
      query.andWhere('(result.lineItemKey, result.userId) > (:afterKey, :afterUser)', placeOf(cursor));
    return pageOf(await query.getMany(), limit, cursorOf, view);
  }
}

function cursorOf({ lineItemKey: key, userId }: CourseResult): string {
  return `${key}.${userId}`;
}

function placeOf(cursor: string): { afterKey: string; afterUser: string } {
  const dot = cursor.indexOf('.');
  return { afterKey: cursor.slice(0, dot), afterUser: cursor.slice(dot + 1) };
}
