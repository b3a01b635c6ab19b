import { FormData } from 'undici';
import { z } from 'zod';
import { parseJson } from '../../access-tokens/token-response.js';
import { FileUnreadable, FileUploadFailed } from './user-api.errors.js';

/** A file that is uploaded as the user. */
export interface UserFile {
  name: string;
  /** In bytes; the platform is told before it gets the content. */
  size: number;
  /** Default: the platform guesses by the name. */
  contentType?: string | undefined;
  /** Read once, as fast as the platform takes it. A `Readable` is one. */
  content: Uint8Array | AsyncIterable<Uint8Array>;
}

/** How long the content may stand still. */
const STALL_MS = 30_000;

const parameter = z.union([z.string(), z.number(), z.boolean()]).nullish();

/** Canvas, "File Uploads", the answer to step 1. */
const targetSchema = z.object({
  upload_url: z.string().min(1),
  upload_params: z.record(z.string(), parameter).nullish(),
  file_param: z.string().min(1).nullish(),
});

/** Where a platform wants a file to be sent, and with what. */
export interface UploadTarget {
  url: string;
  parameters: readonly (readonly [string, string])[];
  /** The name of the form's field for the file. */
  fileField: string;
}

/** @throws FileUploadFailed */
export function readUploadTarget(body: string): UploadTarget {
  const parsed = targetSchema.safeParse(parseJson(body));
  if (!parsed.success) throw new FileUploadFailed('it names no URL to upload the file to.');
  const { upload_url: url, upload_params, file_param } = parsed.data;
  const parameters = Object.entries(upload_params ?? {}).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)] as const],
  );
  return { url, parameters, fileField: file_param ?? 'file' };
}

/** The form of step 2: the file comes last, since storage ignores what follows it. */
export function uploadForm({ parameters, fileField }: UploadTarget, file: StreamedFile): FormData {
  const form = new FormData();
  for (const [name, value] of parameters) form.append(name, value);
  form.append(fileField, file);
  return form;
}

/** A file whose content is read while it is sent: a form tells its length beforehand, and writes it piece by piece. */
export class StreamedFile extends File {
  /** What is announced; the file itself is empty. */
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

  /** Aborts when the content stands still, with a FileUnreadable. */
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
        throw new FileUnreadable(400, `it has more than the ${size} bytes that it should have`);
      yield piece;
    }
    if (bytes < size) throw new FileUnreadable(400, `it has ${bytes} bytes and should have ${size}`);
  }

  async *#watched(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const stall = (): void => this.#stalled.abort(new FileUnreadable(408, 'its content stands still'));
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
