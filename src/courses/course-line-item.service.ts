import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { Scope } from '../common/scopes.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { GradeService } from '../lti-services/grades/grade.service.js';
import { type LineItem } from '../lti-services/grades/line-item.js';
import { type LineItemChanges, type NewLineItem } from '../lti-services/grades/line-item.schema.js';
import { keyOfLineItem } from '../lti-services/grades/line-item-urls.js';
import { type CourseLineItem } from './course-line-item.entity.js';
import { courseErrors } from './course.errors.js';
import { CourseService } from './course.service.js';
import { StoredLineItemService } from './stored-line-item.service.js';

/** Reads and changes the line items of a course at its platform. What the platform answers is stored, as by a sync. */
@Injectable()
export class CourseLineItemService {
  constructor(
    private readonly courses: CourseService,
    private readonly oauth: OAuthService,
    private readonly grades: GradeService,
    private readonly stored: StoredLineItemService,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  /**
   * @param lineItemId its URL
   * @throws {NotFound} `course_not_found`; {Conflict} `course_without_line_items`
   * @throws as `GradeService.lineItem`
   */
  async get(courseId: string, lineItemId: string): Promise<CourseLineItem> {
    // Either scope for line items is enough: the call checks that.
    const client = await this.client(courseId, []);
    return this.save(courseId, client, await this.grades.lineItem(client, lineItemId));
  }

  /** @throws as `get` and `GradeService.create` */
  async create(courseId: string, input: NewLineItem): Promise<CourseLineItem> {
    const client = await this.client(courseId, [Scope.lineItem]);
    return this.save(courseId, client, await this.grades.create(client, input));
  }

  /** @throws as `get` and `GradeService.findOrCreate` */
  async findOrCreate(courseId: string, input: NewLineItem): Promise<CourseLineItem> {
    const client = await this.client(courseId, [Scope.lineItem]);
    return this.save(courseId, client, await this.grades.findOrCreate(client, input));
  }

  /** @throws as `get` and `GradeService.update` */
  async update(courseId: string, lineItemId: string, changes: LineItemChanges): Promise<CourseLineItem> {
    const client = await this.client(courseId, [Scope.lineItem]);
    return this.save(courseId, client, await this.grades.update(client, lineItemId, changes));
  }

  /**
   * Deletes a line item with its results. It is not an error if it is gone already.
   *
   * @throws as `get` and `GradeService.delete`
   */
  async remove(courseId: string, lineItemId: string, options: { force?: boolean } = {}): Promise<void> {
    const client = await this.client(courseId, [Scope.lineItem]);
    await this.grades.delete(client, lineItemId, options);
    await this.dataSource.transaction((manager) =>
      this.stored.remove(manager, courseId, [keyOfLineItem(client, lineItemId)]),
    );
  }

  private async client(courseId: string, gradeScopes: string[]): Promise<OAuthClient> {
    const { registration, lineItemsUrl, deploymentId } = await this.courses.get(courseId);
    if (lineItemsUrl === null) throw courseErrors.withoutLineItems(courseId);
    return this.oauth.authenticate(registration, { lineItems: lineItemsUrl, gradeScopes, deploymentId });
  }

  private save(courseId: string, client: OAuthClient, lineItem: LineItem): Promise<CourseLineItem> {
    return this.stored.save(courseId, lineItem, keyOfLineItem(client, lineItem.id));
  }
}
