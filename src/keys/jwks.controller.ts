import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type JSONWebKeySet } from 'jose';
import { ProblemDetailsFilter } from '../common/problem-details.filter.js';
import { ToolKeyService } from './tool-key.service.js';

@ApiTags('platforms')
@Controller('lti')
@UseFilters(ProblemDetailsFilter)
export class JwksController {
  constructor(private readonly keys: ToolKeyService) {}

  /** SEC 6.3: what platforms verify our assertions and messages with. */
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ summary: 'The public signing keys of this tool' })
  @ApiOkResponse({ description: 'A JSON Web Key Set (RFC 7517)' })
  jwks(): Promise<JSONWebKeySet> {
    return this.keys.jwks();
  }
}
