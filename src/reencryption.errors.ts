import { LtiError } from './common/lti-error.js';

export class NothingToReencrypt extends LtiError {
  readonly code = 'nothing_to_reencrypt';
  readonly status = 404;

  constructor(dataDirectory: string) {
    super(
      `There is no database in ${dataDirectory}. Set DATA_DIR, or DATABASE_URL, as the service has it, and run this again.`,
    );
  }
}

export class ServiceInTheWay extends LtiError {
  readonly code = 'service_running';
  readonly status = 409;

  constructor(pid: number | undefined) {
    super(
      `The service runs on this database${pid === undefined ? '' : ` (process ${pid})`}. ` +
        'Stop it, run this, and start it again.',
    );
  }
}
