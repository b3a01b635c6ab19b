import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { type ConfigurationFault } from '../common/reactions.errors.js';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The options that the environment variables set, and the errors in them. */
export interface ReadVariables<Name extends string> {
  values: Partial<Record<Name, string>>;
  faults: ConfigurationFault[];
}

/**
 * Reads these environment variables. Each has a `_FILE` twin that names a file with its value, for mounted secrets; an empty
 * variable counts as unset, as compose files write it.
 */
export function readVariables<Name extends string>(
  names: readonly Name[],
  variables: Variables,
): ReadVariables<Name> {
  const read: ReadVariables<Name> = { values: {}, faults: [] };
  for (const name of names) {
    const value = valueOf(name, variables, read.faults);
    if (value !== undefined) read.values[name] = value;
  }
  return read;
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
      // Without the message: it contains the path, which is the secret if the operator has confused the two variables.
      message: `names a file that cannot be read (${isNativeError(error) && 'code' in error ? String(error.code) : 'unknown'})`,
    });
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
