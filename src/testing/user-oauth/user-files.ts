import { randomBytes } from 'node:crypto';

export interface UserFileRecord {
  readonly id: number;
  readonly userId: string;
  readonly name: string;
  /** As the tool has announced it; undefined where it has not. */
  readonly announcedBytes: number | undefined;
  readonly contentType: string;
  /** What the upload has to bring with it, once. */
  readonly uploadKey: string;
  /** Undefined until the upload. */
  content: Buffer | undefined;
  /** At Canvas a file that nobody has confirmed may not appear. */
  isConfirmed: boolean;
}

export type NewUserFile = Pick<UserFileRecord, 'userId' | 'name' | 'announcedBytes' | 'contentType'>;

/** How the upload URL answers an upload: both are Canvas'. */
export type UploadAnswer = 'redirect' | 'created';

/** The files of users, in the three steps that Canvas makes of an upload. */
export class UserFiles {
  readonly #files = new Map<number, UserFileRecord>();
  /** Where uploads are sent instead of to the platform. */
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
