import { mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { type TokenRefusalReason } from '../families/refusals.js';
import { TokenRefused } from './token.errors.js';

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface TokenRequest {
  readonly clientAssertion: string;
  readonly scopes: readonly string[];
}

/**
 * Reads the form of a token request (SEC 4.1.1).
 * @throws {TokenRefused} when a part of it is wrong.
 */
export function readTokenRequest(request: PlatformRequest): TokenRequest {
  if (request.method !== 'POST') throw new TokenRefused('wrong_method', 'A token is asked for with POST.');
  if (mediaType(request.headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new TokenRefused('wrong_content_type', 'The body has to be application/x-www-form-urlencoded.');
  }
  const form = new URLSearchParams(request.body);
  const grantType = parameter(form, 'grant_type');
  const assertionType = parameter(form, 'client_assertion_type');
  const clientAssertion = parameter(form, 'client_assertion');
  // RFC 6749 3.3 allows a server to refuse a request without a scope, and LTI has no default scope.
  const scopes = parameter(form, 'scope', 'missing_scope').split(' ').filter(Boolean);
  if (grantType !== 'client_credentials') {
    throw new TokenRefused('unsupported_grant_type', 'grant_type has to be client_credentials.');
  }
  if (assertionType !== jwtBearer) {
    throw new TokenRefused('wrong_assertion_type', `client_assertion_type has to be ${jwtBearer}.`);
  }
  return { clientAssertion, scopes };
}

function parameter(
  form: URLSearchParams,
  name: string,
  whenMissing: TokenRefusalReason = 'missing_parameter',
): string {
  const values = form.getAll(name);
  // RFC 6749 3.2: parameters must not be included more than once.
  if (values.length > 1) throw new TokenRefused('repeated_parameter', `${name} is given more than once.`);
  const [value = ''] = values;
  if (value === '') throw new TokenRefused(whenMissing, `${name} is missing.`);
  return value;
}
