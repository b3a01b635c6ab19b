import { type BackendFactory, PostgresQueueBackend } from 'bullmq';
import { type LtiConfig } from '../config/lti-config.js';
import { databaseErrors } from '../database/database.errors.js';
import { addressOf } from '../database/session-lock.js';
import { type JobBackend } from './job-backend.js';
import { JobsConnection } from './jobs-connection.js';
import { checkJobs, migrateJobs } from './jobs-schema.js';

/** Jobs in the schema `nest_lti_jobs` of our database. */
export class PostgresJobBackend implements JobBackend {
  private readonly url: string;
  private readonly connection: JobsConnection;

  constructor(private readonly database: LtiConfig['database']) {
    // The engine sets a search path and listens, which a transaction-pooling proxy forgets between transactions.
    this.url = database.directUrl ?? database.url;
    this.connection = new JobsConnection(this.url);
  }

  readonly create: BackendFactory<PostgresQueueBackend, object> = (name, options) =>
    new PostgresQueueBackend(this.connection, name, { ...options, connection: this.url });

  /**
   * @throws {ConfigurationInvalid} `migrations_pending`
   * @throws {Unavailable} `database_unavailable`
   */
  async open(): Promise<void> {
    await (this.database.migrate ? migrateJobs(this.url) : checkJobs(this.url));
  }

  unavailable(cause: unknown): Error {
    return databaseErrors.unavailable(addressOf(this.url), cause);
  }

  end(): Promise<void> {
    return this.connection.end();
  }
}
