import { type Command } from 'commander';
import { type Variables } from '../config/read-variables.js';
import { type CommandVariable } from './command-config.js';

const flagOf = (name: CommandVariable): string => `--${name.toLowerCase().replaceAll('_', '-')}-file`;

/** A flag for each of these variables that names a file with its value: a secret in the arguments would be in `ps`. */
export function addFileFlags(command: Command, names: readonly CommandVariable[]): Command {
  for (const name of names) command.option(`${flagOf(name)} <path>`, `a file with the value of ${name}`);
  const list = names.map((name) => `${name} or ${name}_FILE`).join(', ');
  return command.addHelpText('after', `\nThe environment: ${list}.`);
}

/** The environment with the flags of the command in it. A flag takes the place of its variable. */
export function withFileFlags(variables: Variables, options: Record<string, unknown>): Variables {
  const merged: Record<string, string | undefined> = { ...variables };
  for (const [option, path] of Object.entries(options)) {
    if (!option.endsWith('File') || typeof path !== 'string') continue;
    const file = option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    merged[file.replace(/_FILE$/, '')] = undefined;
    merged[file] = path;
  }
  return merged;
}
