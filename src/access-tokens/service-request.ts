import { type Registration } from '../registrations/registration.entity.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { placeOf } from '../common/url-policy.js';
import { HOP_BY_HOP } from '../platform-http/passed-headers.js';
import { isAtPlatform, upgradedToHttps, warnOfHttpLinks } from '../platform-http/platform-origin.js';
import { type PlatformRequest } from '../platform-http/platform-request.js';
import { accessTokenErrors } from './access-token.errors.js';

/** A call of any service of a platform, for `OAuthClient.request`. */
export interface ServiceRequest {
  /** Default: GET. */
  method?: PlatformRequest['method'] | undefined;
  /** Absolute. Its host is one of the registration's or one of the client's end points: see `ServiceEndpoints.services`. */
  url: string;
  /** The scope, or all scopes, that the service needs. The registration has them. */
  scope: string | readonly string[];
  /** Default: `application/json`. */
  accept?: string | undefined;
  /** An object or a list is sent as JSON; text as it is, with `contentType`. */
  body?: object | string | undefined;
  /** Default: `application/json`. */
  contentType?: string | undefined;
  /** Further headers. The token's header replaces an `Authorization` here; `Host` and those of the connection are refused. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Of one exchange. Default: 60 s. */
  timeoutMs?: number;
  /** How long to wait for a platform that throttles. Default: 30 s; 0: not at all. */
  maxThrottleWaitMs?: number;
  /** Aborts the wait and the request; the call rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A call whose answer is streamed, for `OAuthClient.stream`. */
export interface ServiceStreamRequest extends Omit<ServiceRequest, 'timeoutMs'> {
  /**
   * Whether a GET goes on to the URL that a redirect names, up to 5 times. That URL must be https and public, as all others. The token
   * is sent to the platform's hosts only. Default: a redirect is an error.
   */
  followsRedirects?: boolean;
}

/** The URLs of a registration at which its platform certainly is. Its key set may be anywhere. */
type PlatformUrls = Pick<Registration, 'id' | 'issuer' | 'authorizationUrl' | 'tokenUrl' | 'platformFamily'>;

export function scopesOf({ scope }: Pick<ServiceRequest, 'scope'>): readonly string[] {
  return typeof scope === 'string' ? [scope] : scope;
}

/** @throws {Conflict} `scope_not_registered` */
function checkRegistered(scopes: readonly string[], { name, scopes: registered }: Registration): void {
  const missing = scopes.filter((scope) => !registered.includes(scope));
  if (missing.length > 0) throw accessTokenErrors.scopeNotRegistered(missing, name);
}

/** Which host is asked, and how the request is framed, is not the caller's to choose. */
const OURS: ReadonlySet<string> = new Set(['content-length', 'expect', 'host', ...HOP_BY_HOP]);

/**
 * The request as platform-http takes it, without its token.
 *
 * @param endpoints the URLs of the client's services
 * @throws {Conflict} `scope_not_registered`
 * @throws {InvalidRequest} `url_not_on_platform`, UnsafeUrl; `header_not_allowed`
 */
export function platformRequestOf(
  request: ServiceRequest,
  registration: Registration,
  endpoints: readonly string[],
) {
  checkRegistered(scopesOf(request), registration);
  const url = urlAtPlatform(request.url, registration, endpoints);
  const { method = 'GET', accept = 'application/json', body, contentType = 'application/json' } = request;
  const { headers = {}, timeoutMs, maxThrottleWaitMs, signal } = request;
  const further = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const sent: Record<string, string> = {
    accept,
    ...(body !== undefined && { 'content-type': contentType }),
    ...Object.fromEntries(further),
  };
  for (const [name, value] of Object.entries(sent)) checkHeader(name, value);
  return {
    method,
    url,
    headers: sent,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxThrottleWaitMs !== undefined && { maxThrottleWaitMs }),
    ...(signal !== undefined && { signal }),
  };
}

/** RFC 9110 5.1 and 5.5. @throws {InvalidRequest} `header_not_allowed` */
function checkHeader(name: string, value: string): void {
  if (OURS.has(name)) throw accessTokenErrors.headerNotAllowed(name, 'nest-lti sets it');
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw accessTokenErrors.headerNotAllowed(name, 'this is not the name of a header');
  if (!/^[\t\x20-\x7E\x80-\xFF]*$/.test(value))
    throw accessTokenErrors.headerNotAllowed(name, 'its value has characters that a header cannot hold');
}

/**
 * The URL to call, if it is at the platform: the token goes nowhere else. An `http` URL on a host that is called by https becomes its
 * https URL.
 *
 * @param endpoints the URLs of the client's services
 * @throws {InvalidRequest} `url_not_on_platform`; UnsafeUrl
 */
export function urlAtPlatform(url: string, platform: PlatformUrls, endpoints: readonly string[]): string {
  if (!URL.canParse(url)) throw UnsafeUrl.malformed();
  const wanted = new URL(url);
  const known = [...endpoints, platform.issuer, platform.authorizationUrl, platform.tokenUrl]
    .filter((own) => URL.canParse(own))
    .map((own) => new URL(own));
  if (known.some((own) => isAtPlatform(wanted, own))) return wanted.href;
  for (const own of known) {
    const upgraded = upgradedToHttps(wanted, own);
    if (upgraded === undefined) continue;
    warnOfHttpLinks(platform.id, own.href);
    return upgraded.href;
  }
  throw accessTokenErrors.urlNotOnPlatform(placeOf(wanted), [...new Set(known.map(({ origin }) => origin))]);
}

/** Whether a URL is at the platform as it stands. */
export function isUrlOfPlatform(url: string, platform: PlatformUrls, endpoints: readonly string[]): boolean {
  try {
    return urlAtPlatform(url, platform, endpoints) === url;
  } catch {
    return false;
  }
}
