import { z } from 'zod';
import { defaultScopes } from '../common/scopes.js';
import { textSchema as text, urlSchema as url } from '../common/text.schema.js';
import { idTokenAlgorithmSchema } from './id-token-algorithm.js';
import { platformFamilySchema } from './platform-family.js';
import { quietHoursSchema } from './quiet-hours.js';

/** Of one registration. */
export const MAX_SCOPES = 50;

/** RFC 6749 3.3 */
export const scopeSchema = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,512}$/, 'must be a scope without spaces or quotes');

export const deploymentIdSchema = text(255);

/**
 * Exactly the `iss` of the launches: some issuers have a path, or end in "/". The bound lets an index contain it together
 * with the client_id. OIDC Core 2
 */
const issuer = text(1024).refine(
  isIssuer,
  'must be exactly the URL that the platform sends as `iss`, such as https://lms.example.edu: http(s) with a host, ' +
    'without spaces',
);

function isIssuer(value: string): boolean {
  // URL.canParse would take `https:lms` and spaces.
  return /^https?:\/\/[^/\s][\x21-\x7E]*$/i.test(value) && URL.canParse(value);
}

const fields = {
  name: text(255),
  issuer,
  clientId: text(255),
  authorizationUrl: url,
  tokenUrl: url,
  jwksUrl: url,
  /** `aud` of client assertions, if the platform wants another one than its token URL. */
  tokenAudience: text(2048).nullable(),
  /** The algorithm of the platform's id_tokens. */
  idTokenAlgorithm: idTokenAlgorithmSchema,
  /** What we sign the assertions of token requests with. Few platforms document that they take ES256. */
  assertionAlgorithm: z.enum(['RS256', 'ES256']),
  /**
   * Whether the assertion names the deployment, as CORE 6.2.1 recommends. Each deployment then has tokens of its own. Only for a
   * platform that requires it, or that gives deployments different rights.
   */
  deploymentInAssertion: z.boolean(),
  scopes: z.array(scopeSchema).min(1).max(MAX_SCOPES),
  platformFamily: platformFamilySchema,
  deployments: z.array(deploymentIdSchema).max(1000),
  /** No scheduled sync of its courses starts then. Null: none. */
  quietHours: quietHoursSchema.nullable(),
};

/**
 * Body of POST /api/v1/registrations.
 *
 * @example
 * const input = createRegistrationSchema.parse(JSON.parse(text));
 */
export const createRegistrationSchema = z.strictObject({
  ...fields,
  tokenAudience: fields.tokenAudience.default(null),
  idTokenAlgorithm: fields.idTokenAlgorithm.default('RS256'),
  assertionAlgorithm: fields.assertionAlgorithm.default('RS256'),
  deploymentInAssertion: fields.deploymentInAssertion.default(false),
  scopes: fields.scopes.default([...defaultScopes]),
  platformFamily: fields.platformFamily.default('generic'),
  quietHours: fields.quietHours.default(null),
});
/** The input of `RegistrationService.create`: the body of `POST /api/v1/registrations`. */
export type CreateRegistration = z.input<typeof createRegistrationSchema>;

/** Body of PATCH /api/v1/registrations/:id: what is left out stays. `deployments` is the whole new list. */
export const updateRegistrationSchema = z
  .strictObject(fields)
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must name at least one field');
/** The input of `RegistrationService.update`. A missing field keeps its value; `deployments` replaces the whole list. */
export type UpdateRegistration = z.input<typeof updateRegistrationSchema>;

/** A registration in API responses. */
export const registrationViewSchema = z.object({
  id: z.uuid(),
  ...fields,
  /** Deployments that launches came from under `deployments: auto` and that are not yet in `deployments`. */
  pendingDeployments: z.array(z.string()),
  /**
   * The platform that registered the tool named no deployment: the first launch before this time names it, and after it you
   * have to. Null: no deployment is awaited.
   */
  deploymentAwaitedUntil: z.iso.datetime().nullable(),
  revision: z.int(),
  refusedScopes: z.array(z.object({ scope: z.string(), refusedAt: z.iso.datetime() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type RegistrationView = z.output<typeof registrationViewSchema>;

/** A registration in the response to an edit. */
export const updatedRegistrationViewSchema = registrationViewSchema.extend({
  /** Stored URLs that stay on an origin which the registration had before: an edit moves nothing. Missing without any. */
  urlsOnOldOrigins: z
    .array(
      z.object({
        origin: z.string(),
        courses: z.int(),
        resourceLinks: z.int(),
        lineItems: z.int(),
        scores: z.int(),
      }),
    )
    .optional(),
});
export type UpdatedRegistrationView = z.output<typeof updatedRegistrationViewSchema>;
