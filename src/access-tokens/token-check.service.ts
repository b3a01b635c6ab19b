import { Inject, Injectable } from '@nestjs/common';
import { orAbort } from '../common/bounded-wait.js';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { ScopeMismatch, TokenRequestRefused } from './access-token.errors.js';
import { AccessTokenManager } from './access-token.manager.js';
import { type OAuthClientParts } from './oauth-client.js';
import { type ServiceEndpoints, tokenDeployment } from './service-endpoints.js';
import { ProbingClient } from './probing-client.js';
import { RefusedCalls } from './refused-calls.js';
import { TokenEndpoint } from './token-endpoint.js';

/** Each group costs a request, and platforms limit token requests. */
const MAX_GROUPS = 4;

/** What an operator's check shows about the tokens of a registration. */
export interface TokenCheck {
  /** One for all scopes; or, if the platform refused that request for its scopes, one for each group that it grants. */
  tokens: AccessToken[];
  /** Whether a token was requested. It is not if a renewal was forced within the last minute. */
  isRequested: boolean;
  /** Why there is no token for all scopes. */
  error?: LtiError;
  /** How far the platform's clock is ahead of ours, by its answer to this request. */
  clockOffsetMs?: number;
}

/** Requests tokens for an operator's check. No failure of a check delays or fails another caller. */
@Injectable()
export class TokenCheckService {
  private readonly parts: OAuthClientParts;

  constructor(
    private readonly tokens: AccessTokenManager,
    private readonly endpoint: TokenEndpoint,
    refusedCalls: RefusedCalls,
    http: PlatformHttpService,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.parts = {
      tokens,
      refusedCalls,
      http,
      clock,
      onTokenRequest: () => undefined,
      onWait: () => undefined,
    };
  }

  /**
   * Asks for a token for all scopes. If the platform refuses that for one of them, asks for each group of scopes, such as those
   * of AGS; these tokens are not stored.
   *
   * @param deploymentId of the course, for a registration with `deploymentInAssertion`
   * @throws the reason of the signal. The token request then goes on.
   */
  async check(
    registration: Registration,
    deploymentId: string | undefined,
    signal: AbortSignal,
  ): Promise<TokenCheck> {
    const startedAt = this.clock.now();
    const check: TokenCheck = { tokens: [], isRequested: false };
    const onRequest = (): void => void (check.isRequested = true);
    try {
      const deployment = tokenDeployment(registration, { deploymentId });
      const need = { registration, needed: [], deploymentId: deployment, onRequest };
      check.tokens = [await orAbort(this.tokens.renewForCheck(need), signal)];
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      // What the platform answered, rather than the error of the failure that is remembered otherwise.
      check.error = error.cause instanceof LtiError ? error.cause : error;
      if (isAboutScopes(error)) check.tokens = await this.byGroup(registration, deploymentId, signal);
    }
    const measured = this.endpoint.lastClockOffset(registration.tokenUrl);
    if (measured !== undefined && measured.measuredAt >= startedAt) check.clockOffsetMs = measured.offsetMs;
    return check;
  }

  /** @throws ScopeMismatch unless the token covers the endpoints */
  client(token: AccessToken, registration: Registration, endpoints: ServiceEndpoints): ProbingClient {
    return new ProbingClient(this.parts, registration, endpoints, token);
  }

  private async byGroup(
    registration: Registration,
    deploymentId: string | undefined,
    signal: AbortSignal,
  ): Promise<AccessToken[]> {
    const groups = groupsOf(registration.scopes);
    // The only group was refused just now.
    if (groups.length < 2) return [];
    const deployment = tokenDeployment(registration, { deploymentId });
    const found: AccessToken[] = [];
    for (const scopes of groups) {
      try {
        found.push(await orAbort(this.endpoint.request(registration, scopes, deployment), signal));
      } catch (error) {
        if (!(error instanceof LtiError)) throw error;
        if (!isAboutScopes(error)) return found;
      }
    }
    return found;
  }
}

function isAboutScopes(error: LtiError): boolean {
  return error instanceof ScopeMismatch || (error instanceof TokenRequestRefused && error.isAboutScopes);
}

/** The scopes of each service, by the part of their URLs that names it, such as `lti-ags`. */
function groupsOf(scopes: readonly string[]): string[][] {
  const byService = new Map<string, string[]>();
  for (const scope of scopes) {
    const service = /\/spec\/([^/]+)\/scope\//.exec(scope)?.[1] ?? 'other';
    byService.set(service, [...(byService.get(service) ?? []), scope]);
  }
  const groups = [...byService.values()];
  return groups.length <= MAX_GROUPS
    ? groups
    : [...groups.slice(0, MAX_GROUPS - 1), groups.slice(MAX_GROUPS - 1).flat()];
}
