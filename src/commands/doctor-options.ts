import { fieldFault } from '../common/field-fault.js';
import { type ConfigurationFault, ConfigurationInvalid } from '../common/reactions.errors.js';
import { configurationFaults } from '../config/configuration-faults.js';
import { ltiConfigSchema, type LtiModuleOptions } from '../config/lti-config.js';
import { readVariables, type Variables } from '../config/read-variables.js';
import { commandVariables, variableOf } from './command-config.js';

const names = [...commandVariables, 'PUBLIC_URL', 'ALLOWED_PRIVATE_HOSTS', 'ALLOW_PRIVATE_NETWORKS'] as const;

const variableOfOption: Readonly<Record<string, string>> = {
  ...variableOf,
  publicUrl: 'PUBLIC_URL',
  'jobs.backend': 'JOBS_BACKEND',
  'jobs.url': 'REDIS_URL',
  'platformHttp.allowPrivateNetworks': 'ALLOW_PRIVATE_NETWORKS',
  'platformHttp.allowedPrivateHosts': 'ALLOWED_PRIVATE_HOSTS',
};

/**
 * The options that the doctor of an embedder needs. The others are in the application, whose boot checks them.
 *
 * @throws ConfigurationInvalid that lists every fault by the variable's name
 */
export function readDoctorOptions(variables: Variables): LtiModuleOptions {
  const { values, faults } = readVariables(names, variables);
  const isNamed = (name: string): boolean =>
    faults.some((fault) => fault.name.replace(/_FILE$/, '') === name);
  const { TOKEN_STORE: type, REDIS_URL: url, JOBS_BACKEND: backend } = values;
  const options = {
    publicUrl: values.PUBLIC_URL,
    database: { url: values.DATABASE_URL, directUrl: values.DATABASE_DIRECT_URL },
    encryptionKeys: values.ENCRYPTION_KEYS,
    tokenStore: type === 'redis' ? { type, url } : type,
    ...(backend !== undefined && { jobs: backend === 'redis' ? { backend, url } : { backend } }),
    platformHttp: {
      allowPrivateNetworks: flag(values.ALLOW_PRIVATE_NETWORKS),
      allowedPrivateHosts: values.ALLOWED_PRIVATE_HOSTS?.split(',').map((host) => host.trim()),
    },
  };
  const result = ltiConfigSchema.safeParse(options, { error: fieldFault });
  const others = result.success
    ? []
    : configurationFaults(
        result.error,
        (path) => variableOfOption[path.replace(/\.\d+$/, '')] ?? variableOfOption[path] ?? path,
      ).filter(({ name }) => !isNamed(name));
  const all = [...faults, ...others.map((fault) => withHint(fault, values))];
  if (all.length > 0) throw ConfigurationInvalid.of(all);
  return options as LtiModuleOptions;
}

function flag(value: string | undefined): unknown {
  if (value === undefined) return undefined;
  return { true: true, '1': true, false: false, '0': false }[value] ?? value;
}

/** What is needed and not set has no value that could be wrong. */
function withHint(
  { name, message }: ConfigurationFault,
  values: Record<string, unknown>,
): ConfigurationFault {
  if (values[name] !== undefined) return { name, message };
  const hint =
    'is missing. Export it with the value that the application has (this command does not read .env)';
  return { name, message: message === 'is missing' ? hint : `${hint}: it ${message}` };
}
