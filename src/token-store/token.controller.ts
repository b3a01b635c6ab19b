import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
} from '@nestjs/swagger';
import { ApiController } from '../access/api-controller.decorator.js';
import { type Page, pageSchema } from '../common/page.schema.js';
import { StoredTokens } from './stored-tokens.service.js';
import {
  tokenIdSchema,
  type TokenQuery,
  tokenQuerySchema,
  type TokenView,
  tokenViewSchema,
} from './token.schema.js';
import { viewToken } from './token.view.js';

@ApiController('api/tokens', 'tokens')
export class TokenController {
  constructor(private readonly tokens: StoredTokens) {}

  @Get()
  @ApiOperation({
    summary:
      'List stored access tokens, never the token itself; `limit` counts registrations, each with all of its tokens',
  })
  @ApiOkResponse({ standardSchema: pageSchema(tokenViewSchema) })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  @ApiServiceUnavailableResponse({ description: 'token_store_unavailable' })
  list(@Query({ schema: tokenQuerySchema }) query: TokenQuery): Promise<Page<TokenView>> {
    return this.tokens.list(query, viewToken);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary:
      'Forget an access token, and a remembered failure: the next call asks the platform for a new one',
  })
  @ApiNoContentResponse({ description: 'Forgotten. A token that was renewed meanwhile stays' })
  @ApiNotFoundResponse({ description: 'token_not_found' })
  @ApiServiceUnavailableResponse({ description: 'token_store_unavailable' })
  forget(@Param('id', { schema: tokenIdSchema }) id: string): Promise<void> {
    return this.tokens.forget(id);
  }
}
