import { type Readable } from 'node:stream';
import { harmless, readable } from '../../common/platform-words.js';

/** The most bytes of a streamed body that are read for its text. */
const MAX_TEXT_BYTES = 1024 * 1024;

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The text of a body: of a stream, its beginning. */
export async function textOf(body: string | Readable): Promise<string> {
  if (typeof body === 'string') return body;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_TEXT_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** An excerpt of the text that is safe in an error message. */
export function wordsOf(body: string): string {
  return harmless(readable(body));
}
