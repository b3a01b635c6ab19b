import { z } from 'zod';
import { opaqueTextSchema } from '../../common/text.schema.js';

/** Some platforms write ids as numbers. */
const id = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : (value ?? undefined)),
  opaqueTextSchema(255).optional(),
);

/** The claim `lti1p1` (CORE 6.1.2). */
export const migrationClaimSchema = z.object({
  oauth_consumer_key: id,
  oauth_consumer_key_sign: id,
  user_id: id,
  context_id: id,
  resource_link_id: id,
});
export type MigrationClaim = z.output<typeof migrationClaimSchema>;
