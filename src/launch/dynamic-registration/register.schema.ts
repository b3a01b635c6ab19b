import { z } from 'zod';

/** The parameters of a dynamic registration (Dynamic Registration 1.0, 3.2). For the OpenAPI document. */
export const registrationStartSchema = z.looseObject({
  openid_configuration: z.url(),
  registration_token: z.string().optional(),
  /** Of the registration URL of an invitation. */
  invitation: z.string().optional(),
});
