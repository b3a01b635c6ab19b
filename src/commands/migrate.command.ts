import { loadEnvironment } from '../server/load-environment.js';
import { standaloneOptions } from '../server/standalone-options.js';
import { migrateDatabase } from '../database/migrate-database.js';
import { migrateJobs } from '../jobs/jobs-schema.js';
import { type Command, expectNoWords } from './command.js';

/** For those who let nobody but a deployment step change their database. */
export const migrateCommand: Command = {
  usage: `Usage: npm run migrate

Brings the database of DATABASE_URL to this version. The environment is the service's own.`,

  async run({ args, variables }, { answer }) {
    expectNoWords(args);
    const { database } = standaloneOptions(loadEnvironment(variables));
    const url = database.directUrl ?? database.url;
    const ran = await migrateDatabase(url);
    await migrateJobs(url);
    answer(ran.length === 0 ? 'Nothing to migrate.' : `Migrated: ${ran.join(', ')}`);
  },
};
