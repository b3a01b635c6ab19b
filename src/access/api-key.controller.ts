import { Body, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../common/page.schema.js';
import { ApiController } from './api-controller.decorator.js';
import {
  type ApiKeyView,
  apiKeyViewSchema,
  type CreateApiKey,
  createApiKeySchema,
  createdApiKeySchema,
  type CreatedApiKeyView,
} from './api-key.schema.js';
import { ApiKeyService } from './api-key.service.js';
import { viewApiKey } from './api-key.view.js';

/** Only where our own keys guard the API: behind another guard they would open nothing. */
@ApiController('api/api-keys', 'api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Create an API key; it is shown this once' })
  @ApiCreatedResponse({ standardSchema: createdApiKeySchema })
  async create(@Body({ schema: createApiKeySchema }) body: CreateApiKey): Promise<CreatedApiKeyView> {
    const { key, info } = await this.keys.create(body);
    return { ...viewApiKey(info), key };
  }

  @Get()
  @ApiOperation({ summary: 'List API keys, the oldest first, revoked ones too; never the keys themselves' })
  @ApiOkResponse({ standardSchema: pageSchema(apiKeyViewSchema) })
  list(@Query({ schema: idPageQuerySchema }) query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(query, viewApiKey);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key: it opens nothing from now on, and stays in the list' })
  @ApiNoContentResponse({ description: 'It is revoked, perhaps since long' })
  @ApiNotFoundResponse({ description: 'api_key_not_found' })
  @ApiConflictResponse({
    description:
      'last_write_key: nobody could write after it. api_key_configured: take it out of ADMIN_API_KEY',
  })
  revoke(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
