import { ConfigurationInvalid, Conflict } from 'nest-lti';

export const commandDatabaseErrors = {
  /** The service uses the embedded database, and no other process can. */
  serviceRunning: (pid: number | undefined) =>
    new Conflict({
      code: 'service_running',
      message:
        `The service runs on this database${pid === undefined ? '' : ` (process ${pid})`}. Stop it, run this command, and start it ` +
        'again. Or use its API, such as /api/v1/api-keys, without a stop.',
    }),
  /** The service has never run here. */
  noDatabase: (dataDirectory: string) =>
    new ConfigurationInvalid({
      code: 'no_database',
      status: 404,
      message:
        `There is no database in ${dataDirectory}. Set DATA_DIR or DATABASE_URL to the value that the service has. Its first start ` +
        'creates the database and shows an API key.',
    }),
};
