import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Observable } from 'rxjs';
import { ApiAuthorizer } from '../access/api-access.guard.js';
import { ApiKeyGuard } from '../access/api-key.guard.js';

/**
 * Behind the embedder's guard the pages are as private as the REST API. Where API keys guard that, the pages are open: they have
 * no data of their own, and one of them is the sign-in.
 */
@Injectable()
export class DashboardGuard implements CanActivate {
  constructor(@Inject(ApiAuthorizer) private readonly authorizer: CanActivate) {}

  get signIn(): 'api-key' | 'host' {
    return this.authorizer instanceof ApiKeyGuard ? 'api-key' : 'host';
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> | Observable<boolean> {
    return this.signIn === 'api-key' || this.authorizer.canActivate(context);
  }
}
