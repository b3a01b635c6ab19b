import { type z } from 'zod';

/**
 * Texts for zod's `safeParse` that say what to do. A schema may say more. zod's own text for a missing field ("expected string,
 * received undefined") does not say that the field has to be added, and its text for a name ("Invalid key in record") hides the
 * rule of the name.
 *
 * @example schema.safeParse(input, { error: fieldFault })
 */
export const fieldFault: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message;
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined;
};
