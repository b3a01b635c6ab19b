import { type IncomingMessage } from 'node:http';
import { type HttpRequest, messageOf, readBytes } from '../common/http-request.js';
import { checkMediaType } from '../common/media-type.js';
import { isStorable } from '../common/storable-text.js';
import { type Pair } from './lti11/oauth1-signature.js';
import { type LaunchRefused } from '../common/reactions.errors.js';
import { launchErrors } from './launch.errors.js';
import { lti11Errors } from './lti11/lti11.errors.js';

const MAX_BYTES = 256 * 1024;
const MAX_PAIRS = 500;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]+)/i;

/** A form as it was posted, and the query of the URL that it was posted to. */
export interface PostedForm {
  form: Pair[];
  query: Pair[];
}

/**
 * Reads the form POST of a launch by LTI 1.1 with its query: all that is given twice, and no more than any platform sends,
 * 256 KiB and 500 parameters.
 *
 * @throws {LaunchRefused} `launch_form_unreadable`, `launch_form_too_large`, `lti11_text_invalid`
 * @throws {InvalidRequest} `unsupported_media_type`
 */
export async function readForm(request: HttpRequest): Promise<PostedForm> {
  checkType(request);
  const { originalUrl, url = '' } = request;
  const query = pairsOf(queryOf(originalUrl ?? url));
  const form = await formOf(request);
  checkCount(form.length + query.length);
  if ([...query, ...form].some((pair) => !pair.every(isStorable))) {
    throw lti11Errors.textInvalid();
  }
  return { form, query };
}

/**
 * Reads the form POST of a login or launch by LTI 1.3, whether the host has parsed it or not.
 *
 * @returns the fields, a list for one that is given twice
 * @throws {LaunchRefused} `launch_form_unreadable`, `launch_form_too_large`
 * @throws {InvalidRequest} `unsupported_media_type`
 */
export async function readFields(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  checkType(request);
  const { body } = request;
  const isParsed = messageOf(request).readableEnded && typeof body === 'object' && !Buffer.isBuffer(body);
  if (isParsed) return { ...body };
  const lists = new Map<string, string[]>();
  for (const [name, value] of await formOf(request)) lists.set(name, [...(lists.get(name) ?? []), value]);
  return Object.fromEntries(
    [...lists].map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  );
}

function checkType(request: HttpRequest): void {
  const message = messageOf(request);
  checkMediaType(message, [FORM_TYPE]);
  const [, charset = 'utf-8'] = CHARSET.exec(message.headers['content-type'] ?? '') ?? [];
  if (!/^utf-?8$/i.test(charset)) throw launchErrors.formUnreadable('it is not in UTF-8');
}

async function formOf(request: HttpRequest): Promise<Pair[]> {
  const { rawBody, body } = request;
  const message = messageOf(request);
  if (Buffer.isBuffer(rawBody)) return pairsOf(decoded(rawBody));
  if (!message.readableEnded) return pairsOf(decoded(await bytesOf(message)));
  if (Buffer.isBuffer(body)) return pairsOf(decoded(body));
  if (typeof body === 'string') return pairsOf(body);
  if (typeof body === 'object' && body !== null) return parsedPairsOf(body);
  throw launchErrors.formUnreadable('another part of this application has read it, and kept nothing');
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
      throw launchErrors.formUnreadable(
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

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw launchErrors.formUnreadable('it is encoded');
  const bytes = await readBytes(message, MAX_BYTES);
  if (bytes === undefined) throw tooLong();
  return bytes;
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw launchErrors.formUnreadable('it is not in UTF-8');
  }
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

function checkCount(pairs: number): void {
  if (pairs > MAX_PAIRS) throw launchErrors.formTooLarge(`${MAX_PAIRS} parameters`);
}

function tooLong(): LaunchRefused {
  return launchErrors.formTooLarge(`${MAX_BYTES / 1024} KiB`);
}

/** Whose body no parser is to read: its bound and its error page are here. */
export function isLti11Launch({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/lti\/1\.1\/launch\/?(?:\?|$)/i.test(url ?? '');
}
