import { mediaType, type PlatformRequest } from '../http/http-exchange.js';

/** The body of a request of the control API. @throws {SyntaxError} when it is not sent as JSON, or is not JSON. */
export function controlBody(request: PlatformRequest): unknown {
  // This also stops web pages from controlling the platform: a page cannot send this type without permission.
  if (mediaType(request.headers['content-type']) !== 'application/json') throw new SyntaxError('not JSON');
  return JSON.parse(request.body);
}
