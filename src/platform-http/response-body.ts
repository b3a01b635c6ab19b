import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Dispatcher } from 'undici';

/** What we ask for, and all we can read: it makes a large roster a tenth, and one way to unpack is easy to bound. */
export const ACCEPTED_ENCODING = 'gzip';

export class UnknownEncoding extends Error {}

const unzip = promisify(gunzip);
/** Skips a byte order mark, as undici's `text()` does. */
const utf8 = new TextDecoder();

/**
 * The text of a body: unpacked if it came so, then UTF-8. As sent it is bounded by the agent.
 *
 * @throws RangeError `ERR_BUFFER_TOO_LARGE` when it would unpack to more than `maxBytes`; zlib's errors; UnknownEncoding;
 *   undici's errors.
 */
export async function readBody(
  body: Dispatcher.ResponseData['body'],
  encoding: string | undefined,
  maxBytes: number,
): Promise<string> {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return body.text();
    case 'gzip':
    case 'x-gzip':
      return unpack(await body.bytes(), maxBytes);
    default:
      discardBody(body);
      throw new UnknownEncoding('The answer has a content encoding that was not asked for.');
  }
}

/** Ends the connection: a body nobody wants may be endless. */
export function discardBody(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined).destroy();
}

async function unpack(bytes: Uint8Array, maxBytes: number): Promise<string> {
  // An answer without a body may still name an encoding.
  if (bytes.length === 0) return '';
  return utf8.decode(await unzip(bytes, { maxOutputLength: maxBytes }));
}
