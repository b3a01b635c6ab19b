const alternative = 'Or set DATABASE_URL to use a PostgreSQL of your own.';

/**
 * Why there is no embedded server. Not an LtiError: this folder loads nothing of nest-lti at run time, so that the server
 * starts before the application is loaded, and without it in tests.
 */
export abstract class EmbeddedPostgresError extends Error {
  /** Stable, for programs. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The embedded server cannot be started, or its data cannot be used. */
export class EmbeddedPostgresFailed extends EmbeddedPostgresError {
  readonly code = 'embedded_postgres_failed';

  /** `reason` is a whole sentence that also says what to do; `serverLog` holds the last lines of the server's log. */
  constructor(
    reason: string,
    readonly serverLog: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    const tail =
      serverLog.length === 0 ? '' : `\nThe last lines of the server's log:\n${serverLog.join('\n')}`;
    super(`The embedded PostgreSQL does not run. ${reason} ${alternative}${tail}`, options);
  }
}

/** The npm package with PostgreSQL for this system is not installed, or not completely. */
export class PostgresBinariesMissing extends EmbeddedPostgresError {
  readonly code = 'postgres_binaries_missing';

  /** `reason` is a whole sentence that also says what to do. */
  constructor(
    readonly packageName: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`The npm package ${packageName} cannot be used. ${reason} ${alternative}`, options);
  }
}

/** Another running process has the server of this directory. */
export class DataDirectoryInUse extends EmbeddedPostgresError {
  readonly code = 'database_directory_in_use';

  /** `ownerPid` is missing where the owner cannot be named, such as in another container. */
  constructor(
    readonly directory: string,
    readonly ownerPid?: number,
  ) {
    const owner =
      ownerPid === undefined ? 'another process, perhaps in another container' : `process ${ownerPid}`;
    super(
      `The database directory ${directory} is in use by ${owner}. ` +
        'Stop that process, give this process another DATA_DIR, or let both processes use one PostgreSQL by DATABASE_URL.',
    );
  }
}
