import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { refusing } from '../common/answered-error.js';
import { type HttpRequest } from '../common/http-request.js';
import { accessErrors } from './access.errors.js';
import { ApiKeyService } from './api-key.service.js';

/** RFC 6750 2.1: the key as a Bearer token in the header, never in the URL. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyService) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return refusing(context, () => this.allow(context.switchToHttp().getRequest<HttpRequest>()));
  }

  private async allow(request: HttpRequest): Promise<boolean> {
    const key = /^Bearer ([\x21-\x7E]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw accessErrors.keyRequired();
    const { scope } = await this.keys.authenticate(key);
    if (scope === 'read' && request.method !== 'GET' && request.method !== 'HEAD')
      throw accessErrors.keyReadOnly();
    return true;
  }
}
