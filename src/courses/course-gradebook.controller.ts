import { Get, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { CourseGradebook } from './course-gradebook.service.js';
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

@ApiController('api/courses', 'courses')
export class CourseGradebookController {
  constructor(
    private readonly courses: CourseService,
    private readonly gradebook: CourseGradebook,
  ) {}

  @Get(':id/line-items')
  @ApiOperation({ summary: 'The line items as of the last sync' })
  @ApiOkResponse({ standardSchema: pageSchema(lineItemViewSchema) })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async lineItems(
    @Param('id', { schema: idParamSchema }) id: string,
    @Query({ schema: lineItemQuerySchema }) query: CourseLineItemQuery,
  ): Promise<Page<LineItemView>> {
    await this.courses.get(id);
    return this.gradebook.lineItems(id, query, viewLineItem);
  }

  @Get(':id/results')
  @ApiOperation({ summary: 'The results as of the last sync, by line item and user id' })
  @ApiOkResponse({ standardSchema: pageSchema(resultViewSchema) })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async results(
    @Param('id', { schema: idParamSchema }) id: string,
    @Query({ schema: resultQuerySchema }) query: CourseResultQuery,
  ): Promise<Page<ResultView>> {
    await this.courses.get(id);
    return this.gradebook.results(id, query, viewResult);
  }
}
