import { z } from 'zod';
import { defaultScopes } from '../common/scopes.js';
import { platformFamilySchema } from './platform-family.js';

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);
const MAX_URL = 2048;
/** Whether it may be fetched is the URL policy's to say; see RegistrationService. */
const url = z.url({ error: 'must be an absolute URL' }).max(MAX_URL);
/** RFC 6749 3.3 */
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,512}$/, 'must be a scope without spaces or quotes');

export const deploymentIdSchema = text(255);

const fields = {
  name: text(255),
  issuer: text(MAX_URL),
  clientId: text(255),
  authorizationUrl: url,
  tokenUrl: url,
  jwksUrl: url,
  /** `aud` of our assertions where the platform wants another than its token URL. */
  tokenAudience: text(MAX_URL).nullable(),
  scopes: z.array(scope).min(1).max(50),
  platformFamily: platformFamilySchema,
  deployments: z.array(deploymentIdSchema).max(1000),
};

/** Body of POST /api/registrations. */
export const createRegistrationSchema = z.strictObject({
  ...fields,
  tokenAudience: fields.tokenAudience.default(null),
  scopes: fields.scopes.default([...defaultScopes]),
  platformFamily: fields.platformFamily.default('generic'),
});
export type CreateRegistration = z.output<typeof createRegistrationSchema>;

/** Body of PATCH /api/registrations/:id: what is left out stays. `deployments` is the whole new list. */
export const updateRegistrationSchema = z
  .strictObject(fields)
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must name at least one field');
export type UpdateRegistration = z.output<typeof updateRegistrationSchema>;

/** What the API shows of a registration. */
export const registrationViewSchema = z.object({
  id: z.uuid(),
  ...fields,
  revision: z.int(),
  refusedScopes: z.array(z.object({ scope: z.string(), refusedAt: z.iso.datetime() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type RegistrationView = z.output<typeof registrationViewSchema>;
