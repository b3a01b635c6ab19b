import { isNativeError } from 'node:util/types';
import { Unavailable } from './reactions.errors.js';

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection (08), the database's name, no room (53), a
 * server that stops, starts or ends the session (57P, 25P03), one that has become a standby (25006), a fault of its system.
 */
const SERVER_CODE = /^(?:08\w{3}|25006|25P03|3D000|53\w{3}|57P0[1-5]|58030)$/;
const SYSTEM_CODE =
  /^(?:ECONNABORTED|ECONNREFUSED|ECONNRESET|EHOSTDOWN|EHOSTUNREACH|ENETDOWN|ENETRESET|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;
/** A socket that has ended is written to. */
const STREAM_CODE = /^ERR_(?:STREAM_DESTROYED|STREAM_WRITE_AFTER_END|SOCKET_CLOSED)$/;
/** pg and pg-pool give these no code. */
const DRIVER_WORDS =
  /^(?:Connection terminated|Query read timeout|timeout e(?:xceeded|xpired)|Client (?:has encountered a connection error|was closed)|Cannot use a pool after calling end)/;
/** TypeORM, when the connection broke between two statements of one query runner, in a transaction or not. */
const RUNNER_NAMES: ReadonlySet<string> = new Set([
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
]);

/** Whether the database was unreachable. A retry may succeed then, unlike after a refused statement. */
export function isDatabaseOutage(error: unknown): error is Error {
  if (!isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    [SERVER_CODE, SYSTEM_CODE, STREAM_CODE].some((codes) => codes.test(code)) ||
    RUNNER_NAMES.has(error.name) ||
    DRIVER_WORDS.test(error.message)
  );
}

interface UnavailableDatabase {
  /** Default: one that names no address, for answers to requests. */
  message?: string;
  retryAt?: Date;
}

/** The one definition of `database_unavailable`: the database cannot be reached, or refuses this service. */
export function databaseUnavailable(
  cause: unknown,
  { message = 'The database cannot be reached. Try again later.', retryAt }: UnavailableDatabase = {},
): Unavailable {
  return new Unavailable({
    code: 'database_unavailable',
    message,
    ...(retryAt !== undefined && { retryAt }),
    cause,
  });
}
