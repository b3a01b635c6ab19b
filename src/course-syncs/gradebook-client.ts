import { Scope } from '../common/scopes.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { type OAuthService } from '../access-tokens/oauth.service.js';
import { ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { type SyncReading } from './sync-reading.js';

/** Either is enough to read line items. */
const LINE_ITEM_SCOPES = [Scope.lineItem, Scope.lineItemReadonly];

/**
 * A client for the line items and results of the course. It uses the token of the roster if that has the needed scopes. If the
 * platform refused the request for all scopes, that token has only the scope of the roster; then a token with the needed scopes is
 * requested. If the platform does not grant them, the calls of the client fail with ScopeMismatch.
 *
 * @throws TokenRequestRefused, TokenRequestFailed, and the signal's reason
 */
export async function gradebookClient(
  oauth: OAuthService,
  { course, client, signal, tally, onWait }: SyncReading,
  lineItems: string,
): Promise<OAuthClient> {
  const endpointsWith = (...gradeScopes: string[]) => ({
    memberships: course.membershipsUrl ?? undefined,
    deploymentId: course.deploymentId,
    lineItems,
    gradeScopes,
  });
  const granted = LINE_ITEM_SCOPES.find((scope) => client.hasScope(scope));
  if (granted !== undefined && client.hasScope(Scope.resultReadonly)) {
    return client.withEndpoints(endpointsWith(granted, Scope.resultReadonly));
  }
  const { scopes } = course.registration;
  for (const scope of LINE_ITEM_SCOPES) {
    if (!scopes.includes(scope) || !scopes.includes(Scope.resultReadonly)) continue;
    try {
      return await oauth.authenticate(course.registration, endpointsWith(scope, Scope.resultReadonly), {
        onTokenRequest: tally.count,
        onWait,
        signal,
      });
    } catch (error) {
      if (!(error instanceof ScopeMismatch)) throw error;
    }
  }
  return client.withEndpoints(endpointsWith());
}
