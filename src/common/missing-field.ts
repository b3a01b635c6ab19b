import { type z } from 'zod';

/**
 * The fault of a field that is missing, for zod's `safeParse`. A schema may say more. zod's own text ("expected string, received
 * undefined") does not say that the field has to be added.
 *
 * @example schema.safeParse(input, { error: missingField })
 */
export const missingField: z.core.$ZodErrorMap = ({ code, input }) =>
  code === 'invalid_type' && input === undefined ? 'is missing' : undefined;
