import { z } from 'zod';

/** A number, or a decimal in a text, which some platforms send. Anything else is an error: it must not be read as "no grade". */
export const wireNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/)
    .transform(Number)
    // A text with too many digits is not a finite number.
    .pipe(z.number()),
]);
