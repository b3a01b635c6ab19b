import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Observable } from 'rxjs';

/** The guard of the REST API: the one for API keys, or the embedder's own. */
export const ApiAuthorizer = Symbol('ApiAuthorizer');

/** The guard on the controllers. It delegates to the guard that the module was configured with. */
@Injectable()
export class ApiAccessGuard implements CanActivate {
  constructor(@Inject(ApiAuthorizer) private readonly authorizer: CanActivate) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> | Observable<boolean> {
    return this.authorizer.canActivate(context);
  }
}
