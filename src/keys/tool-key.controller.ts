import { Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { KeyRotationService } from './key-rotation.service.js';
import { type StatedKey } from './tool-key-state.js';
import {
  kidSchema,
  type RotateKeys,
  rotateKeysSchema,
  toolKeyListSchema,
  type ToolKeyQuery,
  toolKeyQuerySchema,
  type ToolKeyView,
  toolKeyViewSchema,
} from './tool-key.schema.js';

@ApiController('tool-keys', 'tool keys')
export class ToolKeyController {
  constructor(private readonly rotation: KeyRotationService) {}

  @Get()
  @Operation({
    summary: 'List the signing keys of this tool, each with its status; never their private parts',
    response: toolKeyListSchema,
  })
  async list(@ValidatedQuery(toolKeyQuerySchema) { order }: ToolKeyQuery): Promise<{ items: ToolKeyView[] }> {
    const newestFirst = await this.rotation.list();
    return { items: (order === 'asc' ? newestFirst.toReversed() : newestFirst).map(viewOf) };
  }

  @Post('rotate')
  @Operation({
    summary: 'Publish a new signing key, which signs after a while; the old one stays published after that',
    response: toolKeyViewSchema,
    errors: { 409: 'key_rotation_under_way: the next key is published already' },
  })
  async rotate(@ValidatedBody(rotateKeysSchema) { algorithm, signAfter }: RotateKeys): Promise<ToolKeyView> {
    return viewOf(
      await this.rotation.rotate({ algorithm, ...(signAfter !== undefined && { signAfterMs: signAfter }) }),
    );
  }

  @Post(':kid/revoke')
  @HttpCode(200)
  @Operation({
    summary: 'Revoke a signing key at once, because it has leaked; another key signs from now on',
    response: toolKeyViewSchema,
    errors: { 404: 'tool_key_not_found' },
  })
  async revoke(@ValidatedParam('kid', kidSchema) kid: string): Promise<ToolKeyView> {
    return viewOf(await this.rotation.revoke(kid));
  }
}

function viewOf({ key, state, publishedUntil }: StatedKey): ToolKeyView {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    status: state,
    createdAt: key.createdAt.toISOString(),
    signsFrom: key.signsFrom.toISOString(),
    publishedUntil: publishedUntil?.toISOString() ?? null,
  };
}
