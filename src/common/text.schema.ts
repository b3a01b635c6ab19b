import { z } from 'zod';
import { isStorable } from './storable-text.js';

const MAX_URL = 2048;
const UNSTORABLE = 'must not contain NUL or an unpaired surrogate';

/** Text as it is, such as an id or a cursor: storable, and not empty. */
export const opaqueTextSchema = (max: number) =>
  z.string().min(1, 'must not be empty').max(max).refine(isStorable, UNSTORABLE);

/** A key or a secret as the platform has it. White space around it is an error of the copy, with which no signature would be right. */
export const credentialSchema = (max: number) =>
  opaqueTextSchema(max).refine((text) => text === text.trim(), 'must not begin or end with white space');

/** Text that people type: without the space around it. */
export const textSchema = (max: number) =>
  z.string().trim().min(1, 'must not be empty').max(max).refine(isStorable, UNSTORABLE);

/** A flag in a query: the text `true` or `false`. */
export const flagSchema = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** An absolute URL. The URL policy decides whether it may be called. */
export const urlSchema = z
  .url({ error: 'must be an absolute URL' })
  .max(MAX_URL, `must have at most ${MAX_URL} characters`)
  .refine(isStorable, UNSTORABLE);
