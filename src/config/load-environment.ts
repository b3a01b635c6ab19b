import { readFileSync } from 'node:fs';
import { type ConfigurationFault, ConfigurationInvalid } from './configuration.errors.js';
import { type Environment, environmentNames, environmentSchema } from './environment.schema.js';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of the standalone service. Each variable has a `_FILE` twin that names a file with its value,
 * for mounted secrets; an empty variable counts as unset, as compose files write it.
 *
 * @throws ConfigurationInvalid that lists every fault by the variable's name
 */
export function loadEnvironment(variables: Variables): Environment {
  const faults: ConfigurationFault[] = [];
  const values = Object.fromEntries(environmentNames.map((name) => [name, valueOf(name, variables, faults)]));
  const result = environmentSchema.safeParse(values);
  if (!result.success) faults.push(...ConfigurationInvalid.fromZod(result.error).faults);
  if (faults.length > 0 || !result.success) throw new ConfigurationInvalid(faults);
  return result.data;
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
      message: `cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    });
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
