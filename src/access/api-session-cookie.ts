import { parseCookie, stringifySetCookie } from 'cookie';
import { type HttpRequest } from '../common/http-request.js';
import { accessErrors } from './access.errors.js';

const NAME = 'nest_lti_session';

/** The token of the session that a browser sends. */
export function sessionTokenOf({ headers }: HttpRequest): string | undefined {
  return parseCookie(headers.cookie ?? '')[NAME];
}

/**
 * The cookie that begins a session, or with an empty token ends it. Scripts cannot read it, and other sites cannot cause it to be
 * sent. It is `Secure` unless the browser's page came by plain http.
 */
export function sessionCookie(request: HttpRequest, token: string, maxAge: number): string {
  return stringifySetCookie({
    name: NAME,
    value: token,
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: !/^http:/i.test(request.headers.origin ?? ''),
    maxAge,
  });
}

/**
 * Checks that a page of this service sent the request. `SameSite=Strict` does not stop a page on another host of the same site.
 *
 * @throws {AccessDenied} `cross_site_request`
 */
export function assertFromPage({ headers }: HttpRequest, publicUrl: string): void {
  // A page of another origin can add no such header: its browser would ask us first, and we do not allow it.
  if (headers['x-requested-with'] === undefined)
    throw accessErrors.requestNotFromPage('the header X-Requested-With is missing');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin')
    throw accessErrors.requestNotFromPage('a page of another origin sent this request');
  if (!isOwnOrigin(headers.origin, headers.host, publicUrl))
    throw accessErrors.requestNotFromPage('the header Origin names another host, or is missing');
}

/** A proxy may change the Host header. Then the public URL is what the browser shows. */
function isOwnOrigin(origin: string | undefined, host: string | undefined, publicUrl: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === new URL(publicUrl).origin || url.host === host;
}
