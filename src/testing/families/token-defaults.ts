import { type TokenQuirks } from './family.js';
import { type TokenRefusal, type TokenRefusals } from './refusals.js';

const refusal = (status: number, error: string): TokenRefusal => ({ status, error, described: true });
const invalidRequest = refusal(400, 'invalid_request');
const invalidClient = refusal(401, 'invalid_client');

/** The refusals of RFC 6749 5.2, which families change where their product differs. */
export const oauthTokenRefusals: TokenRefusals = {
  wrong_method: refusal(405, 'invalid_request'),
  wrong_content_type: invalidRequest,
  missing_parameter: invalidRequest,
  missing_scope: refusal(400, 'invalid_scope'),
  repeated_parameter: invalidRequest,
  unsupported_grant_type: refusal(400, 'unsupported_grant_type'),
  wrong_assertion_type: invalidRequest,
  malformed_assertion: invalidClient,
  unknown_client: invalidClient,
  key_off: invalidClient,
  wrong_algorithm: invalidClient,
  missing_key_id: invalidClient,
  unknown_key: invalidClient,
  unusable_key: invalidClient,
  unreachable_key_set: invalidClient,
  bad_signature: invalidClient,
  missing_claim: invalidClient,
  issued_in_future: invalidClient,
  issued_too_long_ago: invalidClient,
  expired_assertion: invalidClient,
  lives_too_long: invalidClient,
  subject_mismatch: invalidClient,
  wrong_audience: invalidClient,
  replayed_assertion: invalidClient,
  missing_deployment: invalidClient,
  unknown_deployment: invalidClient,
  invalid_scope: refusal(400, 'invalid_scope'),
};

/** A token end point by RFC 6749, as most families have it. */
export const tokenDefaults: TokenQuirks = {
  contentType: 'application/json; charset=utf-8',
  layout: 'json',
  tokenType: 'Bearer',
  tokenFormat: 'base64url',
  unknownScopes: 'dropped',
  iatLeewaySeconds: 60,
  refetchesKeysWithoutAlg: false,
  refusals: oauthTokenRefusals,
};

/** The same refusals with another status: several products answer 400 only. */
export function withStatus(status: number, refusals: TokenRefusals): TokenRefusals {
  const entries = Object.entries(refusals).map(([reason, each]) => [reason, { ...each, status }]);
  return Object.fromEntries(entries) as TokenRefusals;
}
