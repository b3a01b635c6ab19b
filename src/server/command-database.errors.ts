import { LtiError } from 'nest-lti';

/** The service has the embedded database to itself. */
export class ServiceRunning extends LtiError {
  readonly code = 'service_running';
  readonly status = 409;

  constructor(pid: number | undefined) {
    super(
      `The service runs on this database${pid === undefined ? '' : ` (process ${pid})`}. Stop it, run this, and start it ` +
        'again. What its API can do too, such as /api/v1/api-keys, needs no stop.',
    );
  }
}

/** The service has never run here. */
export class NoDatabaseYet extends LtiError {
  readonly code = 'no_database';
  readonly status = 404;

  constructor(dataDirectory: string) {
    super(
      `There is no database in ${dataDirectory}. Set DATA_DIR, or DATABASE_URL, as the service has it. Its first start ` +
        'makes the database, and shows a first API key.',
    );
  }
}
