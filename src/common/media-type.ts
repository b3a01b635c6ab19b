import { type IncomingMessage } from 'node:http';
import { requestErrors } from './request.errors.js';

/** The type of a body, without parameters and in lower case: `application/json`. Empty if the request has no Content-Type. */
export function mediaTypeOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/**
 * @param accepted the media types that the route reads, the usual one first
 * @throws {InvalidRequest} `unsupported_media_type` if the body has another type, or none
 */
export function checkMediaType(message: IncomingMessage, accepted: readonly string[]): string {
  const type = mediaTypeOf(message);
  if (!accepted.includes(type)) throw requestErrors.unsupportedMediaType(type, accepted);
  return type;
}

/** Whether the request comes with a body of at least one byte (RFC 9112 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
