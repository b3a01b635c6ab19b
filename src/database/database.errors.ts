import { isNativeError } from 'node:util/types';
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
      'The database lacks migrations of this version. Run `npx nest-lti migrate` with its DATABASE_URL, or set database.migrate to true.',
    );
  }
}

/** In words fit for a log: of connections and statements, never of what is in them. */
export function reasonOf(cause: unknown): string {
  if (!isNativeError(cause)) return 'unknown reason';
  // A name with several addresses: each was tried, and the whole has no words of its own.
  if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0)
    return reasonOf(cause.errors[0]);
  return cause.message === '' ? cause.name : cause.message;
}
