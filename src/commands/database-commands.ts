import { type Command } from 'commander';
import { type Variables } from '../config/read-variables.js';
import { addApiKeysCommand } from './api-keys.command.js';
import { type CommandConfig } from './command-config.js';
import { type CommandContext, type CommandOutput } from './command-line.js';
import { addEncryptionKeysCommand } from './encryption-keys.command.js';
import { addMigrateCommand } from './migrate.command.js';
import { addToolKeysCommand } from './tool-keys.command.js';

/** Opens the database that a command works on, and closes it when `work` has ended. */
export type WithCommandDatabase = <T>(
  variables: Variables,
  say: CommandOutput['say'],
  work: (config: CommandConfig) => Promise<T>,
) => Promise<T>;

/** The same commands for an embedder (`nest-lti`) and for the service (`nest-lti-server`). */
export function addDatabaseCommands(
  program: Command,
  context: CommandContext,
  withDatabase: WithCommandDatabase,
): void {
  addMigrateCommand(program, context, withDatabase);
  addApiKeysCommand(program, context, withDatabase);
  addEncryptionKeysCommand(program, context, withDatabase);
  addToolKeysCommand(program, context, withDatabase);
}
