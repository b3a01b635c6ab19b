import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** The origin that gets the request; that of the URL by default. */
  readonly reachedAt?: string | undefined;
  /** A form, encoded. */
  readonly body?: string;
  /** The origin of the page that sends the form: the header `Origin`. */
  readonly origin?: string;
  /** As `name=value`. */
  readonly cookies?: readonly string[];
}

/** The answer to one request of the browser. Redirects are not followed. */
export interface BrowserResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The URL that answered. */
  readonly url: string;
  /** Names in lower case; `set-cookie` is a list. */
  readonly headers: IncomingHttpHeaders;
  /** As text. */
  readonly body: string;
}

/** One request and its response. Uses node:http, because fetch adds its own headers and hides cookies. */
export async function exchange({
  method,
  url,
  reachedAt,
  body,
  origin,
  cookies = [],
}: OutgoingRequest): Promise<BrowserResponse> {
  const target = reachedAt === undefined ? url : new URL(url.pathname + url.search, reachedAt);
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  const outgoing = send(target, {
    method,
    headers: {
      host: url.host,
      ...(origin === undefined ? {} : { origin }),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
      ...(body === undefined
        ? {}
        : {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
          }),
    },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    url: url.href,
    headers: response.headers,
    body: await text(response),
  };
}
