import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

@Injectable()
export class HouseGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
    return headers['x-banned'] === undefined;
  }
}
