import { Get } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { CourseGradebookService } from './course-gradebook.service.js';
import { CourseService } from './course.service.js';
import {
  type CourseLineItemQuery,
  type CourseResultQuery,
  lineItemQuerySchema,
  type LineItemView,
  lineItemViewSchema,
  resultQuerySchema,
  type ResultView,
  resultViewSchema,
} from './gradebook.schema.js';
import { viewLineItem, viewResult } from './gradebook.view.js';

@ApiController('courses', 'courses')
export class CourseGradebookController {
  constructor(
    private readonly courses: CourseService,
    private readonly gradebook: CourseGradebookService,
  ) {}

  @Get(':id/line-items')
  @Operation({
    summary: 'The line items as of the last sync',
    response: pageSchema(lineItemViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async lineItems(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(lineItemQuerySchema) query: CourseLineItemQuery,
  ): Promise<Page<LineItemView>> {
    await this.courses.get(id);
    return this.gradebook.lineItems(id, query, viewLineItem);
  }

  @Get(':id/results')
  @Operation({
    summary: 'The results as of the last sync, by line item and user id',
    response: pageSchema(resultViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async results(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(resultQuerySchema) query: CourseResultQuery,
  ): Promise<Page<ResultView>> {
    await this.courses.get(id);
    return this.gradebook.results(id, query, viewResult);
  }
}
