import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Request } from 'express';
import { ApiKeyReadOnly, ApiKeyRequired } from './access.errors.js';
import { ApiKeyService } from './api-key.service.js';

/** RFC 6750 2.1: the key as a Bearer token in the header, never in the URL. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const key = /^Bearer ([\x21-\x7E]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw new ApiKeyRequired();
    const { scope } = await this.keys.authenticate(key);
    if (scope === 'read' && request.method !== 'GET' && request.method !== 'HEAD') throw new ApiKeyReadOnly();
    return true;
  }
}
