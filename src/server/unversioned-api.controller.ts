import { All, Controller, NotFoundException, Req } from '@nestjs/common';
import { type Request } from 'express';
import { NotFound } from 'nest-lti';

/** Answers requests to `/api` that name no version. Its routes come after those of the API. */
@Controller('api')
export class UnversionedApiController {
  @All(['', '*path'])
  refuse(@Req() { method, path }: Request): never {
    if (/^\/api\/v1(?:\/|$)/i.test(path)) throw new NotFoundException(`Cannot ${method} ${path}`);
    throw new NotFound({
      code: 'not_found',
      message: `Cannot ${method} ${path}: the REST API is at /api/v1. GET /openapi.json lists its routes.`,
    });
  }
}
