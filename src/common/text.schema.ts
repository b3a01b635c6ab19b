import { z } from 'zod';

const MAX_URL = 2048;
/** NUL, and halves of characters: PostgreSQL cannot store them. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Text as it is, such as an id or a cursor: storable, and not empty. */
export const opaqueTextSchema = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max)
    .refine((text) => !UNSTORABLE.test(text), 'must not hold NUL or halves of characters');

/** Text that people type: without the space around it. */
export const textSchema = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .refine((text) => !UNSTORABLE.test(text), 'must not hold NUL or halves of characters');

/** Whether it may be called is the URL policy's to say. */
export const urlSchema = z
  .url({ error: 'must be an absolute URL' })
  .max(MAX_URL, `must have at most ${MAX_URL} characters`)
  .refine((text) => !UNSTORABLE.test(text), 'must not hold NUL or halves of characters');
