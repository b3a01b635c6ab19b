import { QueryFailedError } from 'typeorm';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, classes 23, 3F and 42 */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
/** Class 40 */
const DEADLOCK = '40P01';
const INSUFFICIENT_PRIVILEGE = '42501';
/** Classes 26, 42 and 0A: no such statement, another one of this name, and a result whose columns have changed. */
const LOST_STATEMENT: ReadonlySet<unknown> = new Set(['26000', '42P05', '0A000']);
const NOT_OURS: ReadonlySet<unknown> = new Set(['3F000', '42P01', INSUFFICIENT_PRIVILEGE]);

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const fault = driverFault(error);
  return fault?.code === UNIQUE_VIOLATION && fault.constraint === constraint;
}

export function isForeignKeyViolation(error: unknown): boolean {
  return driverFault(error)?.code === FOREIGN_KEY_VIOLATION;
}

/** Two transactions waited for each other, and this one was given up: it can be begun again. */
export function isDeadlock(error: unknown): boolean {
  return driverFault(error)?.code === DEADLOCK;
}

/** Another database: our schema or its tables are not there, or not for this role. */
export function isNotOurDatabase(error: unknown): boolean {
  return NOT_OURS.has(driverFault(error)?.code);
}

/** Of the driver itself: a prepared statement cannot run on this connection. It has not run. */
export function isPreparedStatementLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LOST_STATEMENT.has(error.code);
}

/** By the driver itself or through TypeORM. */
export function isPermissionDenied(error: unknown): boolean {
  const code =
    driverFault(error)?.code ?? (error instanceof Error && 'code' in error ? error.code : undefined);
  return code === INSUFFICIENT_PRIVILEGE;
}

function driverFault(error: unknown): { code?: unknown; constraint?: unknown } | undefined {
  return error instanceof QueryFailedError
    ? (error.driverError as { code?: unknown; constraint?: unknown })
    : undefined;
}
