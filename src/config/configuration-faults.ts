import { type z } from 'zod';
import { type ConfigurationFault } from '../common/reactions.errors.js';

/** Names every option that zod found wrong, and every option that nest-lti does not have. */
export function configurationFaults(
  error: z.ZodError,
  nameOf: (path: string) => string = (path) => path,
): ConfigurationFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys')
      return [{ name: nameOf(path.join('.')) || 'options', message: issue.message }];
    return issue.keys.map((key) => ({
      name: [...path, key].join('.'),
      message: 'is not an option of nest-lti',
    }));
  });
}
