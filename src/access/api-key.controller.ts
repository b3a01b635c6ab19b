import { Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
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
@ApiController('api-keys', 'API keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Operation({ summary: 'Create an API key; it is shown this once', response: createdApiKeySchema })
  async create(@ValidatedBody(createApiKeySchema) body: CreateApiKey): Promise<CreatedApiKeyView> {
    const { key, info } = await this.keys.create(body);
    return { ...viewApiKey(info), key };
  }

  @Get()
  @Operation({
    summary: 'List API keys, revoked ones too; never the keys themselves',
    response: pageSchema(apiKeyViewSchema),
  })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(query, viewApiKey);
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'Revoke an API key: it opens nothing from now on, and stays in the list',
    responseDescription: 'It is revoked, perhaps since long',
    errors: {
      404: 'api_key_not_found',
      409: 'last_write_key: nobody could write after it. api_key_configured: take it out of ADMIN_API_KEY',
    },
  })
  revoke(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
