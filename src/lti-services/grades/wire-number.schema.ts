import { z } from 'zod';

/** A number, or its text: some platforms write decimals so. What is neither must not pass for "no grade". */
export const wireNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/)
    .transform(Number)
    // What has too many digits is no number any more.
    .pipe(z.number()),
]);
