import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** What we ask for, and all we can read: it makes a large roster a tenth, and one way to unpack is easy to bound. */
export const ACCEPTED_ENCODING = 'gzip';

const PLAIN: ReadonlySet<string> = new Set(['', 'identity']);
const PACKED: ReadonlySet<string> = new Set(['gzip', 'x-gzip']);

export class UnknownEncoding extends Error {
  constructor() {
    super('The answer has a content encoding that was not asked for.');
  }
}

const unzip = promisify(gunzip);
/** Skips a byte order mark. */
const utf8 = new TextDecoder();

/** Whether `readBody` knows this content encoding. */
export function isReadable(encoding: string | undefined): boolean {
  if (encoding === undefined) return true;
  const name = normalised(encoding);
  return PLAIN.has(name) || PACKED.has(name);
}

/**
 * The text of a body: unpacked if it came so, then UTF-8.
 *
 * @throws RangeError `ERR_BUFFER_TOO_LARGE` when it would unpack to more than `maxBytes`; zlib's errors; UnknownEncoding.
 */
export async function readBody(
  chunks: readonly Uint8Array[],
  encoding = '',
  maxBytes: number,
): Promise<string> {
  const bytes = Buffer.concat(chunks);
  if (!PACKED.has(normalised(encoding))) return utf8.decode(bytes);
  return utf8.decode(await unzip(bytes, { maxOutputLength: maxBytes }));
}

function normalised(encoding: string): string {
  return encoding.trim().toLowerCase();
}
