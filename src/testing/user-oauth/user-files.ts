import { randomBytes } from 'node:crypto';

export interface UserFileRecord {
  readonly id: number;
  readonly userId: string;
  readonly name: string;
  /** The size that the tool announced; undefined if it announced none. */
  readonly announcedBytes: number | undefined;
  readonly contentType: string;
  /** The parameters of the upload, valid once. */
  readonly uploadKey: string;
  /** Undefined until the upload. */
  content: Buffer | undefined;
  /** Whether the upload was confirmed. At Canvas an unconfirmed file may not appear. */
  isConfirmed: boolean;
}

export type NewUserFile = Pick<UserFileRecord, 'userId' | 'name' | 'announcedBytes' | 'contentType'>;

/** The answer to an upload. Canvas uses both. */
export type UploadAnswer = 'redirect' | 'created';

/** The files of users, uploaded in the three steps of Canvas. */
export class UserFiles {
  readonly #files = new Map<number, UserFileRecord>();
  /** The address of uploads; the platform's own by default. */
  uploadUrl: string | undefined;
  uploadAnswer: UploadAnswer = 'redirect';
  #lastId = 0;

  announce(file: NewUserFile): UserFileRecord {
    const record = {
      ...file,
      id: (this.#lastId += 1),
      uploadKey: randomBytes(12).toString('hex'),
      content: undefined,
      isConfirmed: false,
    };
    this.#files.set(record.id, record);
    return record;
  }

  find(id: number): UserFileRecord | undefined {
    return this.#files.get(id);
  }

  /** The confirmed ones, the oldest first. */
  of(userId: string): readonly UserFileRecord[] {
    return [...this.#files.values()].filter((file) => file.userId === userId && file.isConfirmed);
  }
}

/** As Canvas writes it. */
export function fileJson({ id, name, contentType, content }: UserFileRecord) {
  return {
    id,
    display_name: name,
    filename: encodeURIComponent(name),
    'content-type': contentType,
    size: content?.length ?? 0,
    upload_status: content === undefined ? 'pending' : 'success',
  };
}
