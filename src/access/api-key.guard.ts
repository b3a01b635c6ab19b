import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { refusing } from '../common/answered-error.js';
import { type HttpRequest } from '../common/http-request.js';
import { LtiConfig } from '../config/lti-config.js';
import { accessErrors } from './access.errors.js';
import { type ApiKeyInfo } from './api-key.entity.js';
import { ApiKeyService } from './api-key.service.js';
import { assertFromPage, sessionTokenOf } from './api-session-cookie.js';
import { ApiSessionService } from './api-session.service.js';

/** RFC 6750 2.1: the key as a Bearer token in the header, never in the URL; or the session of a browser that signed in with it. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeyService,
    private readonly sessions: ApiSessionService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return refusing(context, () => this.allow(context.switchToHttp().getRequest<HttpRequest>()));
  }

  private async allow(request: HttpRequest): Promise<boolean> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const { scope } = await this.keyOf(request, isRead);
    if (scope === 'read' && !isRead) throw accessErrors.keyReadOnly();
    return true;
  }

  private async keyOf(request: HttpRequest, isRead: boolean): Promise<ApiKeyInfo> {
    const { authorization } = request.headers;
    const isProgram = /^Bearer\b/i.test(authorization ?? '');
    // Behind a proxy with its own password, a browser sends that with each request, beside the cookie.
    const token = isProgram ? undefined : sessionTokenOf(request);
    if (token !== undefined) {
      if (!isRead) assertFromPage(request, this.config.publicUrl);
      return (await this.sessions.authenticate(token)).key;
    }
    const key = /^Bearer ([\x21-\x7E]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw accessErrors.keyRequired();
    return this.keys.authenticate(key);
  }
}
