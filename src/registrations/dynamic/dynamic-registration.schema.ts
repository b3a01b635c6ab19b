import { z } from 'zod';
import { durationSchema } from '../../config/duration.schema.js';
import { textSchema } from '../../common/text.schema.js';
import { platformFamilySchema } from '../platform-family.js';
import { createRegistrationSchema, deploymentIdSchema } from '../registration.schema.js';

const MAX_LIFE_MS = 90 * 86_400_000;

function isLife(text: string): boolean {
  const life = durationSchema.safeParse(text);
  return life.success && life.data <= MAX_LIFE_MS;
}

/** Body of POST /api/v1/registration-invitations. */
export const createInvitationSchema = z.strictObject({
  /** For the operator, such as the name of the customer. The registration gets this name. */
  name: textSchema(255),
  /** The issuers of the platforms that may use it. Empty: any platform. Default: empty. */
  allowedIssuers: z.array(createRegistrationSchema.shape.issuer).max(100).default([]),
  /** How long it can be used, such as `"7d"`. Default: 7d; at most 90d. */
  validFor: z
    .string()
    .refine(isLife, 'must be a number and a unit, such as "12h" or "7d", and at most "90d"')
    .default('7d'),
});
/** The input of `RegistrationInvitationService.create`. Only `name` is needed. */
export type CreateInvitation = z.input<typeof createInvitationSchema>;

/** An invitation in API responses. */
export const invitationViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  allowedIssuers: z.array(z.string()),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  usedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
/** An invitation without its secret. Times are ISO 8601; `usedAt` and `revokedAt` are null until then. */
export type InvitationView = z.output<typeof invitationViewSchema>;

/** Answer of POST /api/v1/registration-invitations, and the only one that has the URL with the secret. */
export const createdInvitationSchema = invitationViewSchema.extend({
  /** What an administrator pastes into the platform. It works once. */
  registrationUrl: z.url(),
});
/** A new invitation with its `registrationUrl`, which has the secret and is not shown again. */
export type CreatedInvitation = z.output<typeof createdInvitationSchema>;

/** A dynamic registration in API responses. */
export const dynamicRegistrationViewSchema = z.object({
  id: z.uuid(),
  status: z.enum(['sent', 'answered', 'stored', 'refused', 'discarded']),
  issuer: z.string(),
  platformFamily: platformFamilySchema,
  clientId: z.string().nullable(),
  deploymentId: z.string().nullable(),
  /** The registration that was created or updated. */
  registrationId: z.uuid().nullable(),
  invitationId: z.uuid().nullable(),
  /** What went wrong. */
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
});
export type DynamicRegistrationView = z.output<typeof dynamicRegistrationViewSchema>;

/** Body of POST /api/v1/dynamic-registrations/:id/finish: the values of the platform, where its answer was lost. */
export const finishRegistrationSchema = z.strictObject({
  clientId: createRegistrationSchema.shape.clientId.optional(),
  deploymentId: deploymentIdSchema.optional(),
});
export type FinishRegistration = z.output<typeof finishRegistrationSchema>;
