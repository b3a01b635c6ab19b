import { LtiError } from '../common/lti-error.js';

export class DatabaseUnavailable extends LtiError {
  readonly code = 'database_unavailable';
  readonly status = 503;

  /** @param address host and port alone: the URL holds a password. */
  constructor(address: string, options: ErrorOptions) {
    super(
      `PostgreSQL at ${address} cannot be reached or refuses us (${reasonOf(options.cause)}). ` +
        'Check that it runs, and the database URL.',
      options,
    );
  }
}

export class MigrationsPending extends LtiError {
  readonly code = 'migrations_pending';
  readonly status = 503;

  constructor() {
    super(
      'The database lacks migrations of this version. Run `npm run migrate`, or set database.migrate to true.',
    );
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (!(cause instanceof Error)) return 'unknown reason';
  return cause.message === '' ? cause.name : cause.message;
}
