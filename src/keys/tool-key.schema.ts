import { z } from 'zod';
import { orderSchema } from '../common/page.schema.js';
import { durationSchema } from '../config/duration.schema.js';
import { TOOL_KEY_ALGORITHMS } from './key-signer.js';

/** RFC 7638 thumbprint */
export const kidSchema = z.string().regex(/^[\w-]{1,100}$/, 'must be the kid of a key');

export const toolKeyViewSchema = z.strictObject({
  kid: z.string(),
  algorithm: z.enum(TOOL_KEY_ALGORITHMS),
  status: z.enum(['next', 'active', 'retiring', 'retired', 'revoked']),
  createdAt: z.string(),
  /** Published before this time, it signs from then on. */
  signsFrom: z.string(),
  /** When the key leaves the key set; null while no other key is to follow it. */
  publishedUntil: z.string().nullable(),
});
export type ToolKeyView = z.output<typeof toolKeyViewSchema>;

/** Query of GET /api/v1/tool-keys. There are few keys: the list has one page. */
export const toolKeyQuerySchema = z.strictObject({
  /** `desc`: the newest first; `asc`: the oldest first. */
  order: orderSchema.default('desc'),
});
export type ToolKeyQuery = z.output<typeof toolKeyQuerySchema>;

export const toolKeyListSchema = z.strictObject({ items: z.array(toolKeyViewSchema) });

/** Body of POST /api/v1/tool-keys/rotate. It may be missing. */
export const rotateKeysSchema = z
  .strictObject({
    algorithm: z.enum(TOOL_KEY_ALGORITHMS).default('RS256'),
    /** How long the new key is published before it signs. */
    signAfter: durationSchema
      .refine((ms) => ms >= 300_000, 'must be at least "5m": platforms may keep our key set that long')
      .optional(),
  })
  .prefault({});
export type RotateKeys = z.output<typeof rotateKeysSchema>;
