import { Delete, Get, HttpCode } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { StoredTokens } from './stored-tokens.js';
import {
  tokenIdSchema,
  type TokenQuery,
  tokenQuerySchema,
  type TokenView,
  tokenViewSchema,
} from './token.schema.js';
import { viewToken } from './token.view.js';

@ApiController('access-tokens', 'access tokens')
export class TokenController {
  constructor(private readonly tokens: StoredTokens) {}

  @Get()
  @Operation({
    summary:
      'List stored access tokens, never the token itself; `limit` counts registrations, each with all of its tokens',
    response: pageSchema(tokenViewSchema),
    errors: { 404: 'registration_not_found', 503: 'token_store_unavailable' },
  })
  list(@ValidatedQuery(tokenQuerySchema) query: TokenQuery): Promise<Page<TokenView>> {
    return this.tokens.list(query, viewToken);
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary:
      'Forget an access token, and a remembered failure: the next call asks the platform for a new one',
    responseDescription: 'Forgotten. A token that was renewed meanwhile stays',
    errors: { 404: 'token_not_found', 503: 'token_store_unavailable' },
  })
  forget(@ValidatedParam('id', tokenIdSchema) id: string): Promise<void> {
    return this.tokens.forget(id);
  }
}
