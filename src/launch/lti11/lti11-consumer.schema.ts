import { z } from 'zod';
import { credentialSchema, textSchema } from '../../common/text.schema.js';

const fields = {
  name: textSchema(255),
  /** As launches will say it, letter for letter. */
  consumerKey: credentialSchema(255),
  /** The registration that the consumer's platform has moved to, or will: its launches may prove the ids of LTI 1.1. */
  registrationId: z.uuid('must be the id of a registration').nullable(),
};
/** The secret that the platform has. Secrets of old links can be short. */
const secret = credentialSchema(255);

/** Body of POST /api/v1/lti11-consumers. Without a secret one is made. */
export const createLti11ConsumerSchema = z.strictObject({
  ...fields,
  secret: secret.optional(),
  registrationId: fields.registrationId.default(null),
});
/** The input of `Lti11ConsumerService.create`. Without a `secret` one is created. */
export type CreateLti11Consumer = z.output<typeof createLti11ConsumerSchema>;

/** Body of PATCH /api/v1/lti11-consumers/:id: what is left out stays. */
export const updateLti11ConsumerSchema = z
  .strictObject({ name: fields.name, secret, registrationId: fields.registrationId })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must name at least one field');
/** The input of `Lti11ConsumerService.update`. A missing field keeps its value. */
export type UpdateLti11Consumer = z.output<typeof updateLti11ConsumerSchema>;

/** What the API shows of a consumer. */
export const lti11ConsumerViewSchema = z.object({
  id: z.uuid(),
  ...fields,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Lti11ConsumerView = z.output<typeof lti11ConsumerViewSchema>;

/** Answer of POST /api/v1/lti11-consumers, and the only one that holds a secret: one that was made here. */
export const createdLti11ConsumerSchema = lti11ConsumerViewSchema.extend({ secret: z.string().optional() });
export type CreatedLti11ConsumerView = z.output<typeof createdLti11ConsumerSchema>;
