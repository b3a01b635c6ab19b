import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { isSystemError } from './system-error.js';

/** Why the system did not run one of PostgreSQL's programs. */
export function programCannotRun(program: string, error: unknown): EmbeddedPostgresFailed {
  // The file exists. The C library that it was built for is missing.
  const reason = isSystemError(error, 'ENOENT')
    ? `${program} needs glibc, which this system (Alpine?) does not have: use an image with glibc.`
    : `${program} cannot be run here: ${String(error)}.`;
  return new EmbeddedPostgresFailed(reason, [], { cause: error });
}
