import { isNativeError } from 'node:util/types';
import { databaseUnavailable } from '../common/database-outage.js';
import { ConfigurationInvalid, Unavailable } from '../common/reactions.errors.js';

export const databaseErrors = {
  /** @param address host and port alone: the URL holds a password. */
  unavailable: (address: string, cause: unknown) =>
    databaseUnavailable(cause, {
      message: `PostgreSQL at ${address} cannot be reached or refuses the connection (${reasonOf(cause)}). ${adviceOn(cause)}`,
    }),
  /**
   * The database role lacks a right that a migration needs.
   *
   * @param schema the schema that was to be created or changed
   */
  permissionDenied: (schema: string, cause: unknown) =>
    new ConfigurationInvalid({
      code: 'database_permission_denied',
      status: 503,
      message:
        `The role of the database URL may not create or change the schema ${schema} (${reasonOf(cause)}). Run ` +
        '`GRANT CREATE ON DATABASE <name> TO <role>` as the owner of the database, or run the command `migrate` with a role ' +
        'that may, and grant this role the rights on the schemas nest_lti and nest_lti_jobs.',
      cause,
    }),
  migrationsPending: () =>
    new ConfigurationInvalid({
      code: 'migrations_pending',
      status: 503,
      message:
        'The database lacks migrations of this version. Run `npx nest-lti migrate` with its DATABASE_URL, or set database.migrate to true.',
    }),
  /** Other processes held the lease for longer than the caller waits. */
  leaseBusy: (retryAt: Date) =>
    new Unavailable({
      code: 'lease_busy',
      message: 'Another process has been doing the same work for too long. Try again later.',
      retryAt,
    }),
  /** The lease expired while this process held it: the process was paused, or could not reach the database. */
  leaseLost: (retryAt: Date) =>
    new Unavailable({
      code: 'lease_lost',
      message:
        'This process was paused, or could not reach the database, for too long, so another process may have taken over its work. Try again.',
      retryAt,
    }),
};

const ADVICE: Readonly<Record<string, string>> = {
  // https://www.postgresql.org/docs/current/errcodes-appendix.html
  '28P01': 'Check the user and the password in the database URL.',
  '28000': 'Check the user in the database URL, and pg_hba.conf of the server.',
  '3D000': 'Create that database, or correct its name in the database URL.',
  '53300': 'Raise max_connections of the server, or run fewer processes.',
  ECONNREFUSED: 'Start PostgreSQL, or correct host and port in the database URL.',
  ENOTFOUND: 'Correct the host in the database URL.',
};

function adviceOn(cause: unknown): string {
  return ADVICE[codeOf(cause)] ?? 'Check that it runs, and the database URL.';
}

function codeOf(cause: unknown): string {
  if (!isNativeError(cause)) return '';
  if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0)
    return codeOf(cause.errors[0]);
  return 'code' in cause ? String(cause.code) : '';
}

/** The reason of a failure, for a log. It names connections and statements, and never holds their contents. */
export function reasonOf(cause: unknown): string {
  if (!isNativeError(cause)) return 'unknown reason';
  // A host name with several addresses: each was tried. The error that collects theirs has no message.
  if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0)
    return reasonOf(cause.errors[0]);
  return cause.message === '' ? cause.name : cause.message;
}
