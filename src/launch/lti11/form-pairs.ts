import { type IncomingMessage } from 'node:http';
import { Lti11FormTooLarge, Lti11FormUnreadable, Lti11TextInvalid } from './lti11-launch.errors.js';
import { type Pair } from './oauth1-signature.js';

const MAX_BYTES = 256 * 1024;
const MAX_PAIRS = 500;
const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]+)/i;
/** What PostgreSQL cannot store, and percent-encoding cannot write. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** A request of Express, as a host application leaves it to us. */
export type FormRequest = IncomingMessage & {
  /** Express keeps here what a router cuts off `url`. */
  originalUrl?: string;
  /** Where the host has Nest keep it. */
  rawBody?: Buffer;
  /** Where the host's parser came first. */
  body?: unknown;
};

/** A form as it was posted, and the query of the URL that it was posted to. */
export interface PostedForm {
  form: Pair[];
  query: Pair[];
}

/**
 * Reads a form POST, with all that is given twice, and no more than any platform sends: 256 KiB and 500 parameters.
 *
 * @throws Lti11FormUnreadable, Lti11FormTooLarge, Lti11TextInvalid
 */
export async function readForm(request: FormRequest): Promise<PostedForm> {
  const type = request.headers['content-type'] ?? '';
  if (!FORM.test(type)) throw new Lti11FormUnreadable('its content type is another');
  const [, charset = 'utf-8'] = CHARSET.exec(type) ?? [];
  if (!/^utf-?8$/i.test(charset)) throw new Lti11FormUnreadable('it is not in UTF-8');
  const { originalUrl, url = '' } = request;
  const query = pairsOf(queryOf(originalUrl ?? url));
  const form = await formOf(request);
  checkCount(form.length + query.length);
  if ([...query, ...form].some((pair) => pair.some((text) => UNSTORABLE.test(text)))) {
    throw new Lti11TextInvalid();
  }
  return { form, query };
}

async function formOf(request: FormRequest): Promise<Pair[]> {
  const { rawBody, body } = request;
  if (Buffer.isBuffer(rawBody)) return pairsOf(decoded(rawBody));
  if (!request.readableEnded) return pairsOf(decoded(await bytesOf(request)));
  if (Buffer.isBuffer(body)) return pairsOf(decoded(body));
  if (typeof body === 'string') return pairsOf(body);
  if (typeof body === 'object' && body !== null) return parsedPairsOf(body);
  throw new Lti11FormUnreadable('another part of this application has read it, and kept nothing');
}

function pairsOf(text: string): Pair[] {
  if (text.length > MAX_BYTES) throw tooLong();
  // Before there are as many objects.
  checkCount(text.split('&', MAX_PAIRS + 1).length);
  return [...new URLSearchParams(text)];
}

/** Of a host's parser. Where that made objects of names with brackets, the names are lost, and so is what was signed. */
function parsedPairsOf(body: object): Pair[] {
  const pairs = Object.entries(body).flatMap(([name, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).map((item: unknown): Pair => {
      if (typeof item === 'string') return [name, item];
      throw new Lti11FormUnreadable(
        "this application's body parser has nested it. Have it parse forms with `extended: false`, or keep the raw body",
      );
    }),
  );
  checkCount(pairs.length);
  if (pairs.reduce((length, [name, value]) => length + name.length + value.length, 0) > MAX_BYTES) {
    throw tooLong();
  }
  return pairs;
}

async function bytesOf(request: FormRequest): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Lti11FormUnreadable('it is encoded');
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw tooLong();
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
    throw tooLong();
  }
  return Buffer.concat(chunks);
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Lti11FormUnreadable('it is not in UTF-8');
  }
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

function checkCount(pairs: number): void {
  if (pairs > MAX_PAIRS) throw new Lti11FormTooLarge(`${MAX_PAIRS} parameters`);
}

function tooLong(): Lti11FormTooLarge {
  return new Lti11FormTooLarge(`${MAX_BYTES / 1024} KiB`);
}

/** Whose body no parser is to read: its bound and its error page are here. */
export function isLti11Launch({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/lti\/1\.1\/launch\/?(?:\?|$)/i.test(url ?? '');
}
