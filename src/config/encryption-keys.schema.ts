import { z } from 'zod';
import { type EncryptionKey } from '../common/encryption.js';

const KEY_BYTES = 32;
const REMEDY = 'make a key with: echo "main:$(openssl rand -base64 32)"';

/** `id:base64,id:base64`: each key is 32 bytes; the first one writes, all of them read. */
export const encryptionKeysSchema = z
  .string({
    error: ({ input }) =>
      input === undefined || input === null
        ? `is missing; ${REMEDY}`
        : 'must be one or more keys of the form "id:base64", separated by commas',
  })
  .transform((text, context): [EncryptionKey, ...EncryptionKey[]] => {
    const fault = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    if (text.trim() === '') return fault(`is empty; ${REMEDY}`);
    const keys: EncryptionKey[] = [];
    for (const [index, entry] of text.split(',').entries()) {
      // The entry itself must stay out of the message: it is a secret.
      const match = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(entry);
      if (match === null) return fault(`entry ${index + 1} is not of the form "id:base64"; ${REMEDY}`);
      const [, id = '', base64 = ''] = match;
      const key = Buffer.from(base64, 'base64');
      if (key.length !== KEY_BYTES) {
        return fault(`key "${id}" has ${key.length} bytes, not ${KEY_BYTES}; ${REMEDY}`);
      }
      if (keys.some((other) => other.id === id)) return fault(`key id "${id}" stands twice`);
      keys.push({ id, key });
    }
    const [first, ...rest] = keys;
    return first === undefined ? fault('holds no key') : [first, ...rest];
  });
