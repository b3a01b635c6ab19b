import { mediaType, type PlatformRequest } from '../http/http-exchange.js';

/** The body of a request of the control API. @throws SyntaxError when it is not sent as JSON, or is none. */
export function controlBody(request: PlatformRequest): unknown {
  // Also keeps a web page in somebody's browser from steering the platform: it cannot send this type unasked.
  if (mediaType(request.headers['content-type']) !== 'application/json') throw new SyntaxError('not JSON');
  return JSON.parse(request.body);
}
