import 'reflect-metadata';
import { LtiError } from './common/lti-error.js';
import { loadEnvironment } from './config/load-environment.js';
import { standaloneOptions } from './config/standalone-options.js';
import { migrateDatabase } from './database/migrate-database.js';
import { migrateJobs } from './jobs/jobs-schema.js';

/** `npm run migrate`: for those who let nobody but a deployment step change their database. */
try {
  const { database } = standaloneOptions(loadEnvironment(process.env));
  const url = database.directUrl ?? database.url;
  const ran = await migrateDatabase(url);
  await migrateJobs(url);
  process.stdout.write(ran.length === 0 ? 'Nothing to migrate.\n' : `Migrated: ${ran.join(', ')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof LtiError ? `${error.code}: ${error.message}` : String(error)}\n`);
  process.exit(1);
}
