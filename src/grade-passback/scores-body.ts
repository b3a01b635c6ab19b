import { type IncomingMessage } from 'node:http';
import { checkMediaType, type HttpRequest, messageOf, readBytes } from '../common/http-request.js';
import { passbackErrors } from './grade-passback.errors.js';
import { MAX_SCORES } from './grade-passback.service.js';

const MAX_BYTES = 16 * 1024 * 1024;
const JSON_TYPE = 'application/json';
const NDJSON_TYPES = ['ndjson', 'jsonl', 'jsonlines'].flatMap((name) => [
  `application/x-${name}`,
  `application/${name}`,
]);
const MEDIA_TYPES = [JSON_TYPE, ...NDJSON_TYPES];

/** Whether no body parser may read the request before its sender is known. */
export function isScoresUpload({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/api\/v1\/courses\/[^/?]+\/scores\/?(?:\?|$)/i.test(url ?? '');
}

/**
 * The scores of a request, unchecked: a JSON array, or NDJSON. It is not read by a body parser, so that the body of an
 * unauthorized request is never read.
 *
 * @throws {InvalidRequest} `unsupported_media_type`, `scores_unreadable`, `scores_too_large`, `too_many_scores`
 */
export async function readScores(request: HttpRequest): Promise<unknown[]> {
  const message = messageOf(request);
  const parse = checkMediaType(message, MEDIA_TYPES) === JSON_TYPE ? arrayOf : linesOf;
  // If it has ended, a body parser of the host application has read it.
  const scores = message.readableEnded ? parsedAlready(request.body, parse) : parse(await textOf(message));
  if (scores.length > MAX_SCORES) throw passbackErrors.tooMany(MAX_SCORES);
  if (scores.length === 0) throw passbackErrors.unreadable('it has no scores');
  return scores;
}

type Parse = (text: string) => unknown[];

function parsedAlready(body: unknown, parse: Parse): unknown[] {
  if (typeof body === 'string') return parse(body);
  if (Buffer.isBuffer(body)) return parse(decoded(body));
  return checkedArray(body);
}

async function textOf(message: IncomingMessage): Promise<string> {
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw passbackErrors.unreadable('it is encoded');
  const bytes = await readBytes(message, MAX_BYTES);
  if (bytes === undefined) throw passbackErrors.tooLarge(MAX_BYTES);
  return decoded(bytes);
}

/** In another encoding, a user id could be read as the id of another user. */
function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw passbackErrors.unreadable('it is not in UTF-8');
  }
}

function arrayOf(text: string): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw passbackErrors.unreadable('it is not JSON');
  }
  return checkedArray(json);
}

function checkedArray(json: unknown): unknown[] {
  if (Array.isArray(json)) return json;
  throw passbackErrors.unreadable('it is not an array');
}

function linesOf(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > MAX_SCORES) throw passbackErrors.tooMany(MAX_SCORES);
  return lines.map((line): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      // The verdict on this score has the error.
      return undefined;
    }
  });
}
