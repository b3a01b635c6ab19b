import { type z } from 'zod';
import { LtiError } from '../common/lti-error.js';

/** One thing that is wrong: the option's or variable's name, and what it should be. Never its value. */
export interface ConfigurationFault {
  name: string;
  message: string;
}

export class ConfigurationInvalid extends LtiError {
  readonly code = 'configuration_invalid';
  readonly status = 500;

  constructor(readonly faults: readonly ConfigurationFault[]) {
    const lines = faults.map(({ name, message }) => `${name}: ${message}`);
    super(
      lines.length === 1
        ? `The configuration is wrong. ${lines.join('')}`
        : ['The configuration is wrong:', ...lines].join('\n  '),
    );
  }

  static fromZod(error: z.ZodError, nameOf: (path: string) => string = (path) => path): ConfigurationInvalid {
    return new ConfigurationInvalid(
      error.issues.flatMap((issue) => {
        const path = issue.path.map(String);
        if (issue.code !== 'unrecognized_keys')
          return [{ name: nameOf(path.join('.')) || 'options', message: issue.message }];
        return issue.keys.map((key) => ({
          name: [...path, key].join('.'),
          message: 'is not an option of nest-lti',
        }));
      }),
    );
  }
}
