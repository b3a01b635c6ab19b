import { z } from 'zod';

const MAX_EXTENSIONS = 50;

/** Fields outside the specification, with full URLs as their names (AGS 2.0 3.1). */
export const extensionsSchema = z
  .record(z.url({ protocol: /^https?$/ }), z.json(), {
    error: ({ code }) =>
      code === 'invalid_key' ? 'is not a full URL, as the name of an extension must be' : undefined,
  })
  .refine((extensions) => Object.keys(extensions).length <= MAX_EXTENSIONS, {
    error: `must be at most ${MAX_EXTENSIONS}`,
  });

/**
 * Fields outside the specification by their names, which are full URLs (AGS 2.0 3.1). At most 50; values are any JSON.
 */
export type Extensions = z.output<typeof extensionsSchema>;

/** The extensions among the fields of a platform's object. */
export function extensionsOf(fields: Readonly<Record<string, unknown>>): Extensions {
  const entries = Object.entries(fields).filter(([name]) => /^https?:\/\//.test(name));
  return Object.fromEntries(entries) as Extensions;
}
