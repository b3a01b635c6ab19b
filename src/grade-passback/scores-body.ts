import { type IncomingMessage } from 'node:http';
import { ScoresTooLarge, ScoresUnreadable, TooManyScores } from './grade-passback.errors.js';
import { MAX_SCORES } from './grade-passback.service.js';

const MAX_BYTES = 16 * 1024 * 1024;

/** Whose body no parser is to read before the sender is known. */
export function isScoresUpload({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/api\/courses\/[^/?]+\/scores\/?(?:\?|$)/i.test(url ?? '');
}

/**
 * The scores of a request: a JSON array, or NDJSON, each as it came. Read here and not by a body parser, so that a stranger's
 * request is not read at all.
 *
 * @throws ScoresUnreadable, ScoresTooLarge, TooManyScores
 */
export async function readScores(request: IncomingMessage & { body?: unknown }): Promise<unknown[]> {
  const scores = await (request.readableEnded ? parsedAlready(request.body) : parsedHere(request));
  if (scores.length > MAX_SCORES) throw new TooManyScores(MAX_SCORES);
  if (scores.length === 0) throw new ScoresUnreadable('there is none');
  return scores;
}

/** A host application's parser came first. */
function parsedAlready(body: unknown): unknown[] {
  if (typeof body === 'string') return linesOf(body);
  if (Buffer.isBuffer(body)) return linesOf(decoded(body));
  return arrayOf(body);
}

async function parsedHere(request: IncomingMessage): Promise<unknown[]> {
  const type = request.headers['content-type'] ?? '';
  if (/^application\/(?:x-)?(?:ndjson|jsonl|jsonlines)\b/i.test(type)) return linesOf(await textOf(request));
  if (!/^application\/json\b/i.test(type)) throw new ScoresUnreadable('its content type is neither');
  try {
    return arrayOf(JSON.parse(await textOf(request)));
  } catch (error) {
    throw error instanceof SyntaxError ? new ScoresUnreadable('it is no JSON') : error;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new ScoresUnreadable('it is encoded');
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw new ScoresTooLarge(MAX_BYTES);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Who sends too much is to hear of it: the connection stays, and what is left of the request is thrown away.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
    chunks.push(chunk);
  }
  if (bytes > MAX_BYTES) {
    // Not within the loop: while that reads, nothing else can.
    request.resume();
    throw new ScoresTooLarge(MAX_BYTES);
  }
  return decoded(Buffer.concat(chunks));
}

/** A user id of another encoding would be somebody else's. */
function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ScoresUnreadable('it is not in UTF-8');
  }
}

function arrayOf(json: unknown): unknown[] {
  if (Array.isArray(json)) return json;
  throw new ScoresUnreadable('it is no array');
}

function linesOf(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > MAX_SCORES) throw new TooManyScores(MAX_SCORES);
  return lines.map((line): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      // Its verdict will say so.
      return undefined;
    }
  });
}
