import { LtiError } from '../common/lti-error.js';

/** The service has the embedded database to itself. */
export class ServiceRunning extends LtiError {
  readonly code = 'service_running';
  readonly status = 409;

  constructor(pid: number | undefined) {
    super(
      `The service runs on this database${pid === undefined ? '' : ` (process ${pid})`}. Stop it, run this, and start it ` +
        'again. What its API can do too, such as /api/api-keys, needs no stop.',
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

/** Some secrets stayed sealed as they were; the command has named them. */
export class SecretsUnreadable extends LtiError {
  readonly code = 'secrets_unreadable';
  readonly status = 409;

  constructor(count: number) {
    super(
      `Not all was sealed anew: ${count} did not open. Put the keys that sealed these back into ENCRYPTION_KEYS, behind ` +
        'the new one, and run this again.',
    );
  }
}
