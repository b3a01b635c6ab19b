import { type IncomingMessage } from 'node:http';
import { checkMediaType, type HttpRequest, messageOf, readBytes } from '../common/http-request.js';
import { noticeErrors } from './notice.errors.js';

const JSON_TYPE = 'application/json';
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_NOTICES = 500;

/** Whether no body parser may read the request: hosts bound their bodies more closely than a platform's list of notices. */
export function isNoticesPost({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/lti\/notices\/?(?:\?|$)/i.test(url ?? '');
}

/**
 * The notices of a request, unchecked.
 *
 * @throws {InvalidRequest} `unsupported_media_type`, `notices_unreadable`, `notices_too_large`
 */
export async function readNotices(request: HttpRequest): Promise<unknown[]> {
  const message = messageOf(request);
  checkMediaType(message, [JSON_TYPE]);
  // If it has ended, a body parser of the host application has read it.
  const body = message.readableEnded ? parsedAlready(request.body) : jsonIn(await textOf(message));
  const notices = typeof body === 'object' && body !== null && 'notices' in body ? body.notices : undefined;
  if (!Array.isArray(notices)) throw noticeErrors.unreadable('there is no list "notices"');
  if (notices.length > MAX_NOTICES) throw noticeErrors.tooLarge(`${MAX_NOTICES} notices`);
  if (notices.length === 0) throw noticeErrors.unreadable('the list "notices" is empty');
  return notices as unknown[];
}

function parsedAlready(body: unknown): unknown {
  if (Buffer.isBuffer(body)) return jsonIn(decoded(body));
  return typeof body === 'string' ? jsonIn(body) : body;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw noticeErrors.unreadable('the body is encoded');
  const bytes = await readBytes(message, MAX_BYTES);
  if (bytes === undefined) throw noticeErrors.tooLarge(`${MAX_BYTES / 1024 / 1024} MiB`);
  return decoded(bytes);
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw noticeErrors.unreadable('the body is not in UTF-8');
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw noticeErrors.unreadable('the body is not JSON');
  }
}
