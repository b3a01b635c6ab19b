import { type Command } from 'commander';
import { migrateDatabase } from '../database/migrate-database.js';
import { migrateJobs } from '../jobs/jobs-schema.js';
import { type CommandContext } from './command-line.js';
import { type WithCommandDatabase } from './database-commands.js';
import { addFileFlags, withFileFlags } from './file-flags.js';

/** For those who let only a deployment step change their database. */
export function addMigrateCommand(
  program: Command,
  { variables, output }: CommandContext,
  withDatabase: WithCommandDatabase,
): void {
  const command = program
    .command('migrate')
    .description('bring the database to this version')
    .action((options: Record<string, unknown>) =>
      withDatabase(withFileFlags(variables, options), output.say, async ({ database, jobsBackend }) => {
        const url = database.directUrl ?? database.url;
        const ran = await migrateDatabase(url);
        if (jobsBackend === 'postgres') await migrateJobs(url);
        output.answer(ran.length === 0 ? 'Nothing to migrate.' : `Migrated: ${ran.join(', ')}`);
      }),
    );
  addFileFlags(command, ['DATABASE_URL', 'DATABASE_DIRECT_URL']);
}
