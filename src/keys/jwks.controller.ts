import { Get, Header } from '@nestjs/common';
import { type JSONWebKeySet } from 'jose';
import { OpenController } from '../common/open-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ToolKeyService } from './tool-key.service.js';

/** Below the public URL. */
export const JWKS_PATH = '/lti/jwks.json';

@OpenController('lti', 'platforms')
export class JwksController {
  constructor(private readonly keys: ToolKeyService) {}

  /** SEC 6.3: what platforms verify our assertions and messages with. */
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @Operation({
    summary: 'The public signing keys of this tool',
    responseDescription: 'A JSON Web Key Set (RFC 7517)',
  })
  jwks(): Promise<JSONWebKeySet> {
    return this.keys.jwks();
  }
}
