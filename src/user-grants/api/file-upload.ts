import { FormData } from 'undici';
import { z } from 'zod';
import { parseJson } from '../../access-tokens/token-response.js';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { isSuccess, textOf, wordsOf } from './answer-text.js';
import { userApiErrors } from './user-api.errors.js';

/** A file that is uploaded as the user. */
export interface UserFile {
  /** As the platform shows it. */
  name: string;
  /** In bytes. The platform gets the size before the content. */
  size: number;
  /** Default: the platform guesses by the name. */
  contentType?: string | undefined;
  /** Read once, at the speed of the platform. A `Readable` is an AsyncIterable. */
  content: Uint8Array | AsyncIterable<Uint8Array>;
}

/** How long to wait for the next piece of the content. */
const STALL_MS = 30_000;

const parameter = z.union([z.string(), z.number(), z.boolean()]).nullish();

/** Canvas, "File Uploads", the answer to step 1. */
const targetSchema = z.object({
  upload_url: z.string().min(1),
  upload_params: z.record(z.string(), parameter).nullish(),
  file_param: z.string().min(1).nullish(),
});

/** The URL for a file, and the fields of its form. */
interface UploadTarget {
  url: string;
  parameters: readonly (readonly [string, string])[];
  /** The name of the form's field for the file. */
  fileField: string;
}

/** @throws {PlatformRefused} `user_file_upload_failed` */
function readUploadTarget(body: string): UploadTarget {
  const parsed = targetSchema.safeParse(parseJson(body));
  if (!parsed.success) throw userApiErrors.fileUploadFailed('it names no URL to upload the file to.');
  const { upload_url: url, upload_params, file_param } = parsed.data;
  const parameters = Object.entries(upload_params ?? {}).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)] as const],
  );
  return { url, parameters, fileField: file_param ?? 'file' };
}

/** The form of step 2: the file comes last, since storage ignores what follows it. */
function uploadForm({ parameters, fileField }: UploadTarget, file: StreamedFile): FormData {
  const form = new FormData();
  for (const [name, value] of parameters) form.append(name, value);
  form.append(fileField, file);
  return form;
}

/** A file whose content is read while it is sent. The form announces its length, and writes it piece by piece. */
class StreamedFile extends File {
  /** The announced length; the file itself is empty. */
  override readonly size: number;
  readonly #file: UserFile;
  readonly #stalled = new AbortController();
  readonly #stallMs: number;

  constructor(file: UserFile, stallMs = STALL_MS) {
    super([], file.name, { type: file.contentType ?? '' });
    this.size = file.size;
    this.#file = file;
    this.#stallMs = stallMs;
  }

  /** Aborts with `user_file_unreadable` when no content arrives for too long. */
  get stalled(): AbortSignal {
    return this.#stalled.signal;
  }

  override stream(): ReturnType<File['stream']> {
    return ReadableStream.from(this.#pieces()) as ReturnType<File['stream']>;
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const { content, size } = this.#file;
    let bytes = 0;
    for await (const piece of content instanceof Uint8Array ? [content] : this.#watched(content)) {
      bytes += piece.byteLength;
      if (bytes > size)
        throw userApiErrors.fileUnreadable(400, `it has more than the ${size} bytes that it should have`);
      yield piece;
    }
    if (bytes < size)
      throw userApiErrors.fileUnreadable(400, `it has ${bytes} bytes and should have ${size}`);
  }

  async *#watched(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const stall = (): void =>
      this.#stalled.abort(userApiErrors.fileUnreadable(408, 'its content stopped arriving'));
    let timer = setTimeout(stall, this.#stallMs);
    try {
      for await (const piece of content) {
        clearTimeout(timer);
        yield piece;
        timer = setTimeout(stall, this.#stallMs);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Step 2 of an upload. It needs no token: the URL is valid for this file.
 *
 * @param answer the body of the answer to step 1
 * @throws {PlatformRefused} `user_file_upload_failed`; {InvalidRequest} `user_file_unreadable`, and what platform-http throws
 */
export async function sendFile(
  http: PlatformHttpService,
  answer: string,
  file: UserFile,
  signal: AbortSignal | undefined,
): Promise<PlatformResponse> {
  const target = readUploadTarget(answer);
  const streamed = new StreamedFile(file);
  const { body, ...sent } = await http
    .stream({
      method: 'POST',
      url: target.url,
      headers: { accept: 'application/json' },
      body: uploadForm(target, streamed),
      takesRedirects: true,
      signal: AbortSignal.any([streamed.stalled, ...(signal === undefined ? [] : [signal])]),
    })
    .catch((error: unknown) => {
      if (!(error instanceof UnsafeUrl)) throw error;
      throw userApiErrors.fileUploadFailed(`it names a URL that is not allowed. ${error.message}`, {
        cause: error,
      });
    });
  const text = await textOf(body);
  const { host } = new URL(sent.url);
  if (sent.status >= 400)
    throw userApiErrors.fileUploadFailed(`${host} answered ${sent.status} (${wordsOf(text)}).`);
  if (!isSuccess(sent.status) && sent.headers.location === undefined)
    throw userApiErrors.fileUploadFailed(`${host} answered ${sent.status} without a Location header.`);
  return { ...sent, body: text };
}
