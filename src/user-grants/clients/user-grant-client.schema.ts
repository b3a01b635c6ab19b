import { z } from 'zod';
import { credentialSchema, textSchema as text, urlSchema as url } from '../../common/text.schema.js';
import { parametersSchema, userGrantProviderSchema } from '../providers/user-grant-provider.schema.js';
import { shippedProviderNameSchema } from '../providers/shipped-providers.js';

const fields = {
  /** The name of a shipped provider, or a whole custom one. */
  provider: z.union([shippedProviderNameSchema, userGrantProviderSchema]),
  clientId: text(255),
  /** The platform's API host, such as https://school.instructure.com: users' tokens are sent only there. */
  apiUrl: url,
  scopes: z.array(text(512)).max(500),
  /** In addition to those of the provider, such as Canvas' `purpose` and `force_login`. */
  authorizeParameters: parametersSchema,
  /** What to do with consents if the platform does not say which user gave them. */
  unverified: z.enum(['allow', 'refuse']),
};

/**
 * Body of PUT /api/v1/registrations/:id/user-grant-client.
 *
 * @example
 * const input = putUserGrantClientSchema.parse({ clientId: '10', clientSecret, apiUrl: 'https://school.instructure.com' });
 */
export const putUserGrantClientSchema = z.strictObject({
  ...fields,
  /** Default: the shipped provider of the registration's platformFamily. */
  provider: fields.provider.optional(),
  /** Optional if the client has a secret already. */
  clientSecret: credentialSchema(512).optional(),
  scopes: fields.scopes.default([]),
  authorizeParameters: fields.authorizeParameters.default({}),
  /**
   * Default: what it was before; for a new client `refuse` where the platform can say who consented (Canvas, Blackboard), else
   * `allow`.
   */
  unverified: fields.unverified.optional(),
});
/** The input of `UserGrantClientService.put`: at least `clientId`, `clientSecret` and `apiUrl`. */
export type PutUserGrantClient = z.input<typeof putUserGrantClientSchema>;

/** A user grant client in API responses, without its secret. */
export const userGrantClientViewSchema = z.object({
  registrationId: z.uuid(),
  ...fields,
  /** The redirect URI to enter at the platform. */
  redirectUri: z.url(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type UserGrantClientView = z.output<typeof userGrantClientViewSchema>;
