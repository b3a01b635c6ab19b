import { z } from 'zod';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { configurationFaults } from '../config/configuration-faults.js';
import { ltiConfigSchema } from '../config/lti-config.js';
import { readVariables, type Variables } from '../config/read-variables.js';

const { database, tokenStore, encryptionKeys } = ltiConfigSchema.shape;
const commandConfigSchema = z.strictObject({
  database,
  tokenStore,
  encryptionKeys: encryptionKeys.optional(),
  jobsBackend: z.enum(['postgres', 'redis'], { error: 'must be postgres or redis' }).default('postgres'),
});

/** The part of the configuration that commands need. */
export type CommandConfig = z.output<typeof commandConfigSchema>;

export const commandVariables = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'ENCRYPTION_KEYS',
  'JOBS_BACKEND',
  'TOKEN_STORE',
  'REDIS_URL',
] as const;
export type CommandVariable = (typeof commandVariables)[number];

/** The variable of each option, because errors name what the operator wrote. */
export const variableOf: Readonly<Record<string, CommandVariable>> = {
  database: 'DATABASE_URL',
  'database.url': 'DATABASE_URL',
  'database.directUrl': 'DATABASE_DIRECT_URL',
  encryptionKeys: 'ENCRYPTION_KEYS',
  jobsBackend: 'JOBS_BACKEND',
  tokenStore: 'TOKEN_STORE',
  'tokenStore.type': 'TOKEN_STORE',
  'tokenStore.url': 'REDIS_URL',
};

/** The defaults of variables that are not set. */
export type CommandDefaults = Partial<Record<CommandVariable, string>>;

/** @throws ConfigurationInvalid that lists every fault by the variable's name */
export function readCommandConfig(variables: Variables, defaults: CommandDefaults = {}): CommandConfig {
  const { values, faults } = readVariables(commandVariables, variables);
  const { DATABASE_URL, DATABASE_DIRECT_URL, ENCRYPTION_KEYS, JOBS_BACKEND, TOKEN_STORE, REDIS_URL } = {
    ...defaults,
    ...values,
  };
  const isNamed = (name: string): boolean =>
    faults.some((fault) => fault.name.replace(/_FILE$/, '') === name);
  if (DATABASE_URL === undefined && !isNamed('DATABASE_URL')) {
    const example = 'export DATABASE_URL=postgres://user:password@localhost:5432/database';
    faults.push({
      name: 'DATABASE_URL',
      message: `is missing. Set it, such as: ${example} (this command does not read .env)`,
    });
  }
  const result = commandConfigSchema.safeParse({
    database: { url: DATABASE_URL, directUrl: DATABASE_DIRECT_URL },
    tokenStore: TOKEN_STORE === 'redis' ? { type: TOKEN_STORE, url: REDIS_URL } : TOKEN_STORE,
    encryptionKeys: ENCRYPTION_KEYS,
    jobsBackend: JOBS_BACKEND,
  });
  if (result.success && faults.length === 0) return result.data;
  const others = result.success ? [] : configurationFaults(result.error, (path) => variableOf[path] ?? path);
  throw ConfigurationInvalid.of([...faults, ...others.filter(({ name }) => !isNamed(name))]);
}
