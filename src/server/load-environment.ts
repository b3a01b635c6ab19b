import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { ConfigurationInvalid, type ConfigurationFault } from 'nest-lti';
import {
  type Environment,
  type EnvironmentName,
  environmentNames,
  environmentSchema,
} from './environment.schema.js';
import { misspeltVariables } from './misspelt-variables.js';
import { optionFaults } from './standalone-options.js';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of the standalone service. Each variable has a `_FILE` twin that names a file with its value,
 * for mounted secrets; an empty variable counts as unset, as compose files write it. One that is not ours but looks like
 * one of ours is a fault, or its setting would be missing in silence.
 *
 * @throws ConfigurationInvalid that lists every fault by the variable's name
 */
export function loadEnvironment(variables: Variables): Environment {
  const faults = misspeltVariables(variables, environmentNames);
  const environment = Object.fromEntries(
    environmentNames.map((name) => [name, settingOf(name, valueOf(name, variables, faults), faults)]),
  ) as Environment;
  const named = new Set(faults.map(({ name }) => name.replace(/_FILE$/, '')));
  faults.push(...optionFaults(environment).filter(({ name }) => !named.has(name)));
  if (faults.length > 0) throw new ConfigurationInvalid(faults);
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
  faults.push(...ConfigurationInvalid.fromZod(result.error, () => name).faults);
  return schema.parse(undefined);
}

function valueOf(name: string, variables: Variables, faults: ConfigurationFault[]): string | undefined {
  const direct = nonEmpty(variables[name]);
  const file = nonEmpty(variables[`${name}_FILE`]);
  if (file === undefined) return direct;
  if (direct !== undefined) {
    faults.push({ name, message: `is set, and so is ${name}_FILE: set one of them` });
    return direct;
  }
  try {
    return nonEmpty(readFileSync(file, 'utf8').trim());
  } catch (error) {
    faults.push({
      name: `${name}_FILE`,
      // Not the message: it holds the path, which is the secret itself where the two variables were mixed up.
      message: `names a file that cannot be read (${isNativeError(error) && 'code' in error ? String(error.code) : 'unknown'})`,
    });
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
