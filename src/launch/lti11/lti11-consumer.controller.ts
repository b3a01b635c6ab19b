import { Body, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiController } from '../../access/api-controller.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../../common/page.schema.js';
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
import { Lti11Consumers } from './lti11-consumers.service.js';

@ApiController('api/lti11-consumers', 'lti 1.1')
export class Lti11ConsumerController {
  constructor(private readonly consumers: Lti11Consumers) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Let a platform launch by LTI 1.1; a secret that is made here is shown this once',
  })
  @ApiCreatedResponse({ standardSchema: createdLti11ConsumerSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  @ApiConflictResponse({ description: 'lti11_consumer_exists, with the id of the other one' })
  async create(
    @Body({ schema: createLti11ConsumerSchema }) body: CreateLti11Consumer,
  ): Promise<CreatedLti11ConsumerView> {
    const { consumer, madeSecret } = await this.consumers.create(body);
    return { ...viewLti11Consumer(consumer), ...(madeSecret !== undefined && { secret: madeSecret }) };
  }

  @Get()
  @ApiOperation({ summary: 'List consumers of LTI 1.1, the oldest first; never their secrets' })
  @ApiOkResponse({ standardSchema: pageSchema(lti11ConsumerViewSchema) })
  list(@Query({ schema: idPageQuerySchema }) query: PageQuery): Promise<Page<Lti11ConsumerView>> {
    return this.consumers.list(query, viewLti11Consumer);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One consumer of LTI 1.1, without its secret' })
  @ApiOkResponse({ standardSchema: lti11ConsumerViewSchema })
  @ApiNotFoundResponse({ description: 'lti11_consumer_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<Lti11ConsumerView> {
    return viewLti11Consumer(await this.consumers.get(id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a consumer of LTI 1.1; a new secret counts at once' })
  @ApiOkResponse({ standardSchema: lti11ConsumerViewSchema })
  @ApiNotFoundResponse({ description: 'lti11_consumer_not_found or registration_not_found' })
  async update(
    @Param('id', { schema: idParamSchema }) id: string,
    @Body({ schema: updateLti11ConsumerSchema }) body: UpdateLti11Consumer,
  ): Promise<Lti11ConsumerView> {
    return viewLti11Consumer(await this.consumers.update(id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a consumer of LTI 1.1: its launches are refused from now on' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'lti11_consumer_not_found' })
  remove(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.consumers.remove(id);
  }
}
