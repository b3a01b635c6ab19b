import { mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { AuthorizationRefused } from './authorization.errors.js';

/** The parameters that an authentication request must have (SEC 5.1.1.2). */
const required = [
  'client_id',
  'redirect_uri',
  'scope',
  'response_type',
  'response_mode',
  'prompt',
  'login_hint',
  'lti_message_hint',
  'nonce',
  'state',
] as const;
type ParameterName = (typeof required)[number];

/** Reads the parameters of an authentication request, by GET or POST, and reports what is wrong with it. */
export class AuthorizationRequest {
  readonly #parameters: URLSearchParams;

  private constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  /** @throws {AuthorizationRefused} when the parameters are sent in another way (OpenID Connect Core 3.1.2.1). */
  static read({ method, url, headers, body }: PlatformRequest): AuthorizationRequest {
    if (method === 'GET') return new AuthorizationRequest(url.searchParams);
    const isForm = mediaType(headers['content-type']) === 'application/x-www-form-urlencoded';
    if (method !== 'POST' || !isForm) {
      throw new AuthorizationRefused('wrong_method', 'Ask with GET, or with a form by POST.');
    }
    return new AuthorizationRequest(new URLSearchParams([...url.searchParams, ...new URLSearchParams(body)]));
  }

  /** @throws {AuthorizationRefused} when the parameter is missing or given twice (RFC 6749 3.1). */
  parameter(name: ParameterName): string {
    const values = this.#parameters.getAll(name);
    if (values.length > 1) throw new AuthorizationRefused('repeated_parameter', `${name} is given twice.`);
    const [value = ''] = values;
    if (value === '') throw new AuthorizationRefused('missing_parameter', `${name} is missing.`);
    return value;
  }

  /** The parameter if it is given once, so that it can be returned with an error. */
  state(): string | undefined {
    const [state, ...others] = this.#parameters.getAll('state');
    return others.length > 0 ? undefined : state;
  }

  /** @throws {AuthorizationRefused} when a parameter breaks the rules of LTI. `ownQuery` is the query of the authorization URL. */
  check(ownQuery: URLSearchParams): void {
    for (const name of required) this.parameter(name);
    for (const [name, value] of ownQuery) {
      if (this.#parameters.get(name) === value) continue;
      throw new AuthorizationRefused(
        'lost_query',
        `The authorization URL has a query that is lost: ${name}.`,
      );
    }
    if (!this.parameter('scope').split(' ').includes('openid')) {
      throw new AuthorizationRefused('wrong_scope', 'scope has to be openid.', 'invalid_scope');
    }
    if (this.parameter('response_type') !== 'id_token') {
      const message = 'response_type has to be id_token.';
      throw new AuthorizationRefused('wrong_response_type', message, 'unsupported_response_type');
    }
    if (this.parameter('response_mode') !== 'form_post') {
      throw new AuthorizationRefused('wrong_response_mode', 'response_mode has to be form_post.');
    }
    if (this.parameter('prompt') !== 'none') {
      throw new AuthorizationRefused('wrong_prompt', 'prompt has to be none.');
    }
  }
}
