import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { fileJson, type UserFileRecord } from './user-files.js';
import { userOAuthPaths } from './user-oauth-paths.js';

/**
 * The address of uploads, as strict as Canvas' storage: without a token, with exactly the parameters that the platform gave (a
 * null is not one), with the file last and of the announced length, once.
 */
export class FileUploadRoute implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === userOAuthPaths.upload;
  }

  async answer(request: PlatformRequest): Promise<Answer> {
    const { files } = this.#platform.userOAuth;
    if (request.headers.authorization !== undefined) return this.#refused('token_at_upload_url');
    if (request.method !== 'POST' || request.headers['content-length'] === undefined)
      return this.#refused('bad_upload');
    const fields = await fieldsOf(request);
    const file = files.find(Number(fields.get('id')));
    if (file === undefined || file.content !== undefined || file.uploadKey !== fields.get('key'))
      return this.#refused('unknown_upload');
    const content = await contentOf(fields, file);
    if (content === undefined) return this.#refused('bad_upload');
    file.content = content;
    return this.#answer(file, files.uploadAnswer);
  }

  #answer(file: UserFileRecord, as: 'redirect' | 'created'): Answer {
    const url = `${this.#platform.url}${userOAuthPaths.api}/files/${file.id}`;
    if (as === 'redirect')
      return { status: 303, headers: { location: `${url}/create_success?uuid=${file.uploadKey}` }, body: '' };
    file.isConfirmed = true;
    return jsonAnswer(201, fileJson(file), { location: url });
  }

  /** An answer in XML, as storage services give it. */
  #refused(reason: 'token_at_upload_url' | 'bad_upload' | 'unknown_upload'): Answer {
    this.#platform.counters.countRejection(reason);
    return {
      status: reason === 'bad_upload' ? 400 : 403,
      headers: { 'content-type': 'application/xml' },
      body: `<Error><Code>AccessDenied</Code><Message>${reason}</Message></Error>`,
    };
  }
}

async function fieldsOf({ headers, bytes }: PlatformRequest): Promise<Map<string, File | string>> {
  try {
    const type = headers['content-type'] ?? '';
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- not for servers, whose forms are large: those of tests are small
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    return new Map([...form.entries()]);
  } catch {
    return new Map();
  }
}

const fieldNames = ['Content-Type', 'file', 'id', 'key'];

/** Undefined when the form is not exactly the expected one. */
async function contentOf(
  fields: ReadonlyMap<string, File | string>,
  { name, contentType, announcedBytes }: UserFileRecord,
): Promise<Buffer | undefined> {
  const names = [...fields.keys()];
  if (names.at(-1) !== 'file' || names.toSorted().join() !== fieldNames.join()) return undefined;
  const file = fields.get('file');
  if (!(file instanceof File) || file.name !== name) return undefined;
  if (fields.get('Content-Type') !== contentType) return undefined;
  if (announcedBytes !== undefined && file.size !== announcedBytes) return undefined;
  return Buffer.from(await file.arrayBuffer());
}
