import { QueryFailedError } from 'typeorm';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, class 23 */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const fault = driverFault(error);
  return fault?.code === UNIQUE_VIOLATION && fault.constraint === constraint;
}

export function isForeignKeyViolation(error: unknown): boolean {
  return driverFault(error)?.code === FOREIGN_KEY_VIOLATION;
}

function driverFault(error: unknown): { code?: unknown; constraint?: unknown } | undefined {
  return error instanceof QueryFailedError
    ? (error.driverError as { code?: unknown; constraint?: unknown })
    : undefined;
}
