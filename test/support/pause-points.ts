import { type INestApplicationContext } from '@nestjs/common';
import { TokenEndpoint } from '../../src/access-tokens/token-endpoint.js';
import { AccessTokenRefresher } from '../../src/access-tokens/access-token.refresher.js';

/**
 * Where a renewal can be held up: the lease is taken and nothing sent; the platform has answered and nothing is written;
 * all is written and no caller knows.
 */
export type PausePoint = 'before-request' | 'after-answer' | 'after-save';

/** Pauses renewals at a point, each once, until they are resumed. */
export class PausePoints {
  private readonly armed = new Map<string, PausePoint>();
  private readonly waiting = new Map<string, () => void>();

  /** @param report called when a renewal has reached a point */
  constructor(private readonly report: (point: PausePoint, registrationId: string) => void) {}

  arm(point: PausePoint, registrationId: string): void {
    this.armed.set(registrationId, point);
  }

  goOn(registrationId: string): void {
    this.waiting.get(registrationId)?.();
    this.waiting.delete(registrationId);
  }

  /** Adds the points to a tool's renewals. */
  layIn(tool: INestApplicationContext): void {
    const endpoint = tool.get(TokenEndpoint, { strict: false });
    const request = endpoint.request.bind(endpoint);
    endpoint.request = async (registration, scopes) => {
      await this.passing('before-request', registration.id);
      try {
        return await request(registration, scopes);
      } finally {
        await this.passing('after-answer', registration.id);
      }
    };
    const refresher = tool.get(AccessTokenRefresher, { strict: false });
    const refresh = refresher.refresh.bind(refresher);
    refresher.refresh = async (request) => {
      try {
        return await refresh(request);
      } finally {
        await this.passing('after-save', request.registration.id);
      }
    };
  }

  private async passing(point: PausePoint, registrationId: string): Promise<void> {
    if (this.armed.get(registrationId) !== point) return;
    this.armed.delete(registrationId);
    this.report(point, registrationId);
    await new Promise<void>((resolve) => this.waiting.set(registrationId, resolve));
  }
}
