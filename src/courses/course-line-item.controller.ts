import { Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import {
  findableLineItemSchema,
  type LineItemChanges,
  type NewLineItem,
  newLineItemSchema,
} from '../lti-services/grades/line-item.schema.js';
import { CourseLineItemService } from './course-line-item.service.js';
import {
  type LineItemDeletionQuery,
  lineItemDeletionQuerySchema,
  type LineItemIdQuery,
  lineItemIdQuerySchema,
  type LineItemView,
  lineItemViewSchema,
  updateLineItemSchema,
} from './gradebook.schema.js';
import { viewLineItem } from './gradebook.view.js';

const PLATFORM_ERRORS = {
  404: 'course_not_found',
  409: 'course_without_line_items',
  502: 'grades_refused, grades_unreadable, authentication_failed, token_request_refused and other answers of the platform',
  503: 'grades_unavailable, token_request_failed, platform_unreachable: try again at `retryAt`',
};
const ONE_ERRORS = {
  ...PLATFORM_ERRORS,
  400: 'invalid_request; foreign_line_item: the URL is not at the platform of the course',
  502: `line_item_gone, ${PLATFORM_ERRORS[502]}`,
};

/** The line items of a course at its platform. Their ids are URLs, so they are in the query: a proxy may change a path. */
@ApiController('courses', 'line items')
export class CourseLineItemController {
  constructor(private readonly lineItems: CourseLineItemService) {}

  @Post(':id/line-items')
  @Operation({
    summary: 'Create a line item at the platform, even if there is one like it',
    response: lineItemViewSchema,
    errors: PLATFORM_ERRORS,
  })
  async create(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(newLineItemSchema) body: NewLineItem,
  ): Promise<LineItemView> {
    return viewLineItem(await this.lineItems.create(id, body));
  }

  @Post(':id/line-items/find-or-create')
  @HttpCode(200)
  @Operation({
    summary:
      'Find the line item of this resourceId (and tag), or of this resourceLinkId, or create it: one for any number of callers',
    response: lineItemViewSchema,
    responseDescription: 'One that was found is not changed',
    errors: { ...PLATFORM_ERRORS, 503: `lease_busy, lease_lost, ${PLATFORM_ERRORS[503]}` },
  })
  async findOrCreate(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(findableLineItemSchema) body: NewLineItem,
  ): Promise<LineItemView> {
    return viewLineItem(await this.lineItems.findOrCreate(id, body));
  }

  @Get(':id/line-items/one')
  @Operation({
    summary: 'One line item, as the platform has it now',
    response: lineItemViewSchema,
    errors: ONE_ERRORS,
  })
  async get(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(lineItemIdQuerySchema) { lineItemId }: LineItemIdQuery,
  ): Promise<LineItemView> {
    return viewLineItem(await this.lineItems.get(id, lineItemId));
  }

  @Patch(':id/line-items/one')
  @Operation({
    summary: 'Change the given fields of a line item at the platform; null removes a field',
    response: lineItemViewSchema,
    errors: ONE_ERRORS,
  })
  async update(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(lineItemIdQuerySchema) { lineItemId }: LineItemIdQuery,
    @ValidatedBody(updateLineItemSchema) body: LineItemChanges,
  ): Promise<LineItemView> {
    return viewLineItem(await this.lineItems.update(id, lineItemId, body));
  }

  @Delete(':id/line-items/one')
  @HttpCode(204)
  @Operation({
    summary: 'Delete a line item with its results at the platform',
    responseDescription: 'Deleted, or gone already',
    errors: {
      ...ONE_ERRORS,
      409: 'course_without_line_items; line_item_coupled: it belongs to a link of the course, so `force` is needed',
    },
  })
  remove(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(lineItemDeletionQuerySchema) { lineItemId, force }: LineItemDeletionQuery,
  ): Promise<void> {
    return this.lineItems.remove(id, lineItemId, { force });
  }
}
