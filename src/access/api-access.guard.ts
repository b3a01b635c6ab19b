import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Observable } from 'rxjs';

/** Who decides over our REST API: our API keys, or the embedder's own guard. */
export const ApiAuthorizer = Symbol('ApiAuthorizer');

/** The guard that stands on the controllers; the module says who decides. */
@Injectable()
export class ApiAccessGuard implements CanActivate {
  constructor(@Inject(ApiAuthorizer) private readonly authorizer: CanActivate) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> | Observable<boolean> {
    return this.authorizer.canActivate(context);
  }
}
