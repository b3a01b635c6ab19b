import { z } from 'zod';
import { platformFamilySchema } from '../platform-family.js';

/** Query of GET /api/v1/registration-guide. */
export const registrationGuideQuerySchema = z.strictObject({ platform: platformFamilySchema });
export type RegistrationGuideQuery = z.output<typeof registrationGuideQuerySchema>;

/** How the tool is registered by hand at a platform. */
export const registrationGuideSchema = z.object({
  platform: platformFamilySchema,
  /** The name of the product. */
  title: z.string(),
  /** Whether an invitation (POST /api/v1/registration-invitations) does the same with one click. */
  dynamicRegistration: z.boolean(),
  /** What the administrator of the platform does, in order. */
  steps: z.array(z.string()),
  /** What the administrator pastes, by the names of the fields in the platform. */
  toolValues: z.array(z.object({ label: z.string(), value: z.string() })),
  /** What the operator of the tool needs back: the fields of POST /api/v1/registrations. */
  platformValues: z.array(
    z.object({
      field: z.string(),
      /** As it is for all customers, or with `{host}` for the host of the platform. Null: only the platform shows it. */
      value: z.string().nullable(),
      /** Where the platform shows it, or when it differs. */
      where: z.string(),
    }),
  ),
  /** What can be pasted into Canvas as JSON instead of single values. Null for other platforms. */
  configuration: z.record(z.string(), z.unknown()).nullable(),
});
export type RegistrationGuide = z.output<typeof registrationGuideSchema>;
