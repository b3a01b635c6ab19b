import { LtiError } from '../../common/lti-error.js';

const alternative = 'Or set DATABASE_URL to use a PostgreSQL of your own.';

/** The embedded server cannot be started, or its data cannot be used. */
export class EmbeddedPostgresFailed extends LtiError {
  readonly code = 'embedded_postgres_failed';
  readonly status = 503;

  /** `reason` is a whole sentence that also says what to do; `serverLog` holds the last lines of the server's log. */
  constructor(
    reason: string,
    readonly serverLog: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    const tail = serverLog.length === 0 ? '' : `\nThe server's last words:\n${serverLog.join('\n')}`;
    super(`The embedded PostgreSQL does not run. ${reason} ${alternative}${tail}`, options);
  }

  override details(): Record<string, unknown> {
    return { serverLog: this.serverLog };
  }
}

/** The npm package with PostgreSQL for this system is not installed, or not wholly. */
export class PostgresBinariesMissing extends LtiError {
  readonly code = 'postgres_binaries_missing';
  readonly status = 503;

  /** `reason` is a whole sentence that also says what to do. */
  constructor(
    readonly packageName: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`The npm package ${packageName} cannot be used. ${reason} ${alternative}`, options);
  }
}

/** Another process that is alive runs the server of this directory. */
export class DataDirectoryInUse extends LtiError {
  readonly code = 'database_directory_in_use';
  readonly status = 409;

  /** `ownerPid` is missing where the owner cannot be named, such as in another container. */
  constructor(
    readonly directory: string,
    readonly ownerPid?: number,
  ) {
    const owner =
      ownerPid === undefined ? 'another process, perhaps in another container' : `process ${ownerPid}`;
    super(
      `The database directory ${directory} is in use by ${owner}. ` +
        'Stop that process, give this one another DATA_DIR, or let both share a PostgreSQL by DATABASE_URL.',
    );
  }
}
