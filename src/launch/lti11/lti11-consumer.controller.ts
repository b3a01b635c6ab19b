import { Delete, Get, Header, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiController } from '../../access/api-controller.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../../common/page.schema.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../../common/validated-parameters.js';
import {
  type CreatedLti11ConsumerView,
  createdLti11ConsumerSchema,
  type CreateLti11Consumer,
  createLti11ConsumerSchema,
  type Lti11ConsumerView,
  lti11ConsumerViewSchema,
  type UpdateLti11Consumer,
  updateLti11ConsumerSchema,
} from './lti11-consumer.schema.js';
import { viewLti11Consumer } from './lti11-consumer.view.js';
import { Lti11ConsumerService } from './lti11-consumer.service.js';

@ApiController('lti11-consumers', 'LTI 1.1')
export class Lti11ConsumerController {
  constructor(private readonly consumers: Lti11ConsumerService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary: 'Let a platform launch by LTI 1.1; a secret that is made here is shown this once',
    response: createdLti11ConsumerSchema,
    errors: { 404: 'registration_not_found', 409: 'lti11_consumer_exists, with the id of the other one' },
  })
  async create(
    @ValidatedBody(createLti11ConsumerSchema) body: CreateLti11Consumer,
  ): Promise<CreatedLti11ConsumerView> {
    const { consumer, madeSecret } = await this.consumers.create(body);
    return { ...viewLti11Consumer(consumer), ...(madeSecret !== undefined && { secret: madeSecret }) };
  }

  @Get()
  @Operation({
    summary: 'List consumers of LTI 1.1, never their secrets',
    response: pageSchema(lti11ConsumerViewSchema),
  })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<Lti11ConsumerView>> {
    return this.consumers.list(query, viewLti11Consumer);
  }

  @Get(':id')
  @Operation({
    summary: 'One consumer of LTI 1.1, without its secret',
    response: lti11ConsumerViewSchema,
    errors: { 404: 'lti11_consumer_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<Lti11ConsumerView> {
    return viewLti11Consumer(await this.consumers.get(id));
  }

  @Patch(':id')
  @Operation({
    summary: 'Change a consumer of LTI 1.1; a new secret counts at once',
    response: lti11ConsumerViewSchema,
    errors: { 404: 'lti11_consumer_not_found or registration_not_found' },
  })
  async update(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(updateLti11ConsumerSchema) body: UpdateLti11Consumer,
  ): Promise<Lti11ConsumerView> {
    return viewLti11Consumer(await this.consumers.update(id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'Delete a consumer of LTI 1.1: its launches are refused from now on',
    errors: { 404: 'lti11_consumer_not_found' },
  })
  remove(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.consumers.remove(id);
  }
}
