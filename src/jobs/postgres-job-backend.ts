import { type BackendFactory, PostgresQueueBackend } from 'bullmq';
import { type LtiConfig } from '../config/lti-config.js';
import { databaseErrors } from '../database/database.errors.js';
import { addressOf } from '../database/session-lock.js';
import { type JobBackend } from './job-backend.js';
import { JobsConnection } from './jobs-connection.js';
import { checkJobs, migrateJobs } from './jobs-schema.js';

/** With the one for LISTEN. */
const WORKER_CONNECTIONS = 3;
const QUEUE_CONNECTIONS = 2;

/** Jobs in the schema `nest_lti_jobs` of our database. */
export class PostgresJobBackend implements JobBackend {
  private readonly url: string;
  /** A job that was added stays added: that of a platform's notices has no row from which it could be added again. */
  private readonly forQueues: JobsConnection;
  /**
   * What a worker stores of a job can be lost in a crash of the server: the job is then done again, as after a crash of the worker.
   * In a sync in which nothing has changed, it is a third of the writes to the disk.
   */
  private readonly forWorkers: JobsConnection;

  constructor(private readonly database: LtiConfig['database']) {
    // The engine sets a search path and listens, which a transaction-pooling proxy forgets between transactions.
    this.url = database.directUrl ?? database.url;
    this.forQueues = new JobsConnection(this.url, { connections: QUEUE_CONNECTIONS, isDurable: true });
    this.forWorkers = new JobsConnection(this.url, { connections: WORKER_CONNECTIONS, isDurable: false });
  }

  readonly create: BackendFactory<PostgresQueueBackend, object> = (
    name,
    options,
    { withBlockingConnection = false } = {},
  ) => {
    const connection = withBlockingConnection ? this.forWorkers : this.forQueues;
    return new PostgresQueueBackend(connection, name, { ...options, connection: this.url });
  };

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

  async end(): Promise<void> {
    await Promise.all([this.forQueues.end(), this.forWorkers.end()]);
  }
}
