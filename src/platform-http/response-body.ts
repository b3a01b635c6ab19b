import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** What we ask for, and all we can read: it makes a large roster a tenth, and one way to unpack is easy to bound. */
export const ACCEPTED_ENCODING = 'gzip';

export class UnknownEncoding extends Error {}

const unzip = promisify(gunzip);
/** Skips a byte order mark. */
const utf8 = new TextDecoder();

/**
 * The text of a body: unpacked if it came so, then UTF-8.
 *
 * @throws RangeError `ERR_BUFFER_TOO_LARGE` when it would unpack to more than `maxBytes`; zlib's errors; UnknownEncoding.
 */
export async function decodeBody(
  bytes: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<string> {
  if (bytes.length === 0) return '';
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return utf8.decode(bytes);
    case 'gzip':
    case 'x-gzip':
      return utf8.decode(await unzip(bytes, { maxOutputLength: maxBytes }));
    default:
      throw new UnknownEncoding('The answer has a content encoding that was not asked for.');
  }
}
