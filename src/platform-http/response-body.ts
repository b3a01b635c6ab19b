import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

/** The requested encoding: a large roster is a tenth of its size. Other encodings of platforms and proxies are read, too. */
export const ACCEPTED_ENCODING = 'gzip';

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const inflated: Unpack = promisify(inflate);
const inflatedRaw: Unpack = promisify(inflateRaw);
const unpackGzip: Unpack = promisify(gunzip);
/** RFC 9110 8.4.1.2: `deflate` has a zlib header, which some servers leave out. */
const unpackDeflate: Unpack = (bytes, options) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 ? inflated(bytes, options) : inflatedRaw(bytes, options);

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: unpackGzip,
  'x-gzip': unpackGzip,
  deflate: unpackDeflate,
  br: promisify(brotliDecompress),
};
const PLAIN: ReadonlySet<string> = new Set(['', 'identity']);
/** Bytes that text does not contain and that compressed data nearly always contains. */
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;
const ABOVE_BOUND = 'ERR_BUFFER_TOO_LARGE';

export class UnknownEncoding extends Error {
  constructor() {
    super('The content encoding of the body is not known, and the body is not readable text.');
  }
}

/** Skips a byte order mark. */
const utf8 = new TextDecoder();

/**
 * The text of a body: decompressed, then decoded as UTF-8. If the body is readable text, a Content-Encoding that is not an
 * encoding (`UTF-8`, `none`) is ignored; so is `gzip`, because a proxy may have decompressed the body and kept the header.
 *
 * @throws RangeError `ERR_BUFFER_TOO_LARGE` when the decompressed body has more than `maxBytes`; zlib's errors; UnknownEncoding.
 */
export async function readBody(
  chunks: readonly Uint8Array[],
  encoding = '',
  maxBytes: number,
): Promise<string> {
  let bytes: Buffer = Buffer.concat(chunks);
  if (encoding === '') return utf8.decode(bytes);
  // RFC 9110 8.4: in the order in which they were applied.
  for (const name of encoding.toLowerCase().split(',').reverse()) {
    bytes = await unpacked(bytes, name.trim(), maxBytes);
  }
  return utf8.decode(bytes);
}

async function unpacked(bytes: Buffer, name: string, maxBytes: number): Promise<Buffer> {
  if (PLAIN.has(name)) return bytes;
  const unpack = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined;
  try {
    if (unpack === undefined) throw new UnknownEncoding();
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (isAboveBound(error) || BINARY.test(bytes.toString('latin1'))) throw error;
    return bytes;
  }
}

function isAboveBound(error: unknown): boolean {
  return error instanceof RangeError && (error as NodeJS.ErrnoException).code === ABOVE_BOUND;
}
