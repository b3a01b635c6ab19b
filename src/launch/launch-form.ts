import { type IncomingMessage } from 'node:http';
import { checkMediaType, type HttpRequest, messageOf, readBytes } from '../common/http-request.js';
import { type LaunchRefused } from '../common/reactions.errors.js';
import { isStorable } from '../common/storable-text.js';
import { launchErrors } from './launch.errors.js';
import { lti11Errors } from './lti11/lti11.errors.js';
import { type Pair } from './lti11/oauth1-signature.js';

const MAX_BYTES = 256 * 1024;
const MAX_PAIRS = 500;
/** Longer than any platform's. Canvas sends a JWT as its message hint. */
const MAX_FIELD = 8192;
/** Fields whose bounds differ from the default. */
const LONG_FIELDS: readonly string[] = ['id_token', 'state'];
/** The media type of an HTML form. */
export const FORM_TYPE = 'application/x-www-form-urlencoded';
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]+)/i;

/** The form of a launch by LTI 1.1, and the query of the URL that it was posted to. */
export interface PostedForm {
  form: Pair[];
  query: Pair[];
}

/** The parameters of a login or launch by LTI 1.3. Each may be given once, as text. */
export class LaunchFields {
  private constructor(private readonly source: Readonly<Record<string, unknown>>) {}

  /** @param source a parsed query or form; a value that is not an object has no fields */
  static of(source: unknown): LaunchFields {
    return new LaunchFields(typeof source === 'object' && source !== null ? { ...source } : {});
  }

  /** @returns undefined if it is missing or empty. @throws {LaunchRefused} `launch_parameter_invalid` */
  get(name: string): string | undefined {
    const value = this.source[name];
    if (value === undefined || value === '') return undefined;
    // Parsers make a list of a field that is given twice.
    if (Array.isArray(value)) throw launchErrors.parameterInvalid(name, 'was given more than once');
    if (typeof value !== 'string') throw launchErrors.parameterInvalid(name, 'is not a text');
    if (value.length > MAX_FIELD && !LONG_FIELDS.includes(name)) {
      throw launchErrors.parameterInvalid(name, `has more than ${MAX_FIELD} characters`);
    }
    if (!LONG_FIELDS.includes(name) && !isStorable(value)) {
      throw launchErrors.parameterInvalid(name, 'contains NUL or an unpaired surrogate');
    }
    return value;
  }

  /** @throws {LaunchRefused} `launch_parameter_missing`, `launch_parameter_invalid` */
  required(name: string, specRef: string): string {
    const value = this.get(name);
    if (value === undefined) throw launchErrors.parameterMissing(name, specRef);
    return value;
  }

  /** The fields of these names that are present. @throws {LaunchRefused} `launch_parameter_invalid` */
  pick(names: readonly string[]): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const name of names) {
      const value = this.get(name);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  }
}

/**
 * Reads the form POST of a login or launch by LTI 1.3, whether or not the host has parsed it.
 *
 * @throws {LaunchRefused} `launch_form_unreadable`, `launch_form_too_large`
 * @throws {InvalidRequest} `unsupported_media_type`
 */
export async function readFields(request: HttpRequest): Promise<LaunchFields> {
  checkType(request);
  const { body } = request;
  const isParsed = messageOf(request).readableEnded && typeof body === 'object' && !Buffer.isBuffer(body);
  if (isParsed) return LaunchFields.of(body);
  const lists = new Map<string, string[]>();
  for (const [name, value] of await formOf(request)) lists.set(name, [...(lists.get(name) ?? []), value]);
  return LaunchFields.of(
    Object.fromEntries([...lists].map(([name, values]) => [name, values.length > 1 ? values : values[0]])),
  );
}

/**
 * Reads the form POST of a launch by LTI 1.1 with its query: also parameters that are given twice. A form with more than 256 KiB or
 * 500 parameters is refused: no platform sends one.
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

/** Whether this is the form of a login or launch. No parser may read it, since the bound and the error page are here. */
export function isLaunchForm({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && /^\/lti\/(?:login|launch|1\.1\/launch)\/?(?:\?|$)/i.test(url ?? '');
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
  throw launchErrors.formUnreadable('another part of this application has read it and did not keep it');
}

function pairsOf(text: string): Pair[] {
  if (text.length > MAX_BYTES) throw tooLong();
  // Before an object is created for each.
  checkCount(text.split('&', MAX_PAIRS + 1).length);
  return [...new URLSearchParams(text)];
}

/** The pairs of a form that the host has parsed. If the parser made objects of names with brackets, the signed names are lost. */
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
  if (encoding !== undefined && encoding !== 'identity') {
    throw launchErrors.formUnreadable('it has a Content-Encoding');
  }
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
