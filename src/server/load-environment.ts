import { type ConfigurationFault, ConfigurationInvalid } from 'nest-lti';
import { configurationFaults, readVariables, type Variables } from 'nest-lti/internal';
import {
  type Environment,
  type EnvironmentName,
  environmentNames,
  environmentSchema,
} from './environment.schema.js';
import { optionFaults } from './standalone-options.js';

/**
 * Reads the environment of the standalone service. Each variable has a `_FILE` twin that names a file with its value,
 * for mounted secrets; an empty variable counts as unset, as compose files write it.
 *
 * @throws ConfigurationInvalid that lists every fault by the variable's name
 */
export function loadEnvironment(variables: Variables): Environment {
  const { values, faults } = readVariables(environmentNames, variables);
  const environment = Object.fromEntries(
    environmentNames.map((name) => [name, settingOf(name, values[name], faults)]),
  ) as Environment;
  const named = new Set(faults.map(({ name }) => name.replace(/_FILE$/, '')));
  faults.push(...optionFaults(environment).filter(({ name }) => !named.has(name)));
  if (environment.WORKER !== 'on' && environment.DATABASE_URL === undefined && !named.has('DATABASE_URL'))
    faults.push({
      name: 'WORKER',
      message: `is ${environment.WORKER}, which needs DATABASE_URL: the database that the service starts itself is for one process`,
    });
  if (faults.length > 0) throw ConfigurationInvalid.of(faults);
  return environment;
}

/** The variable alone, so that one that is wrong does not hide what else is. */
function settingOf(
  name: EnvironmentName,
  value: string | undefined,
  faults: ConfigurationFault[],
): Environment[EnvironmentName] {
  const schema = environmentSchema.shape[name];
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  faults.push(...configurationFaults(result.error, () => name));
  return schema.parse(undefined);
}
