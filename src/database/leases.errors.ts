import { LtiError } from '../common/lti-error.js';

/** Others held the lease for longer than the caller would wait. */
export class LeaseBusy extends LtiError {
  readonly code = 'lease_busy';
  readonly status = 503;

  constructor(override readonly retryAt: Date) {
    super('Another process has been at the very same thing for too long. Try again later.');
  }
}

/** The lease ran out while it was held: this process stood still, or could not reach the database. */
export class LeaseLost extends LtiError {
  readonly code = 'lease_lost';
  readonly status = 503;

  constructor(override readonly retryAt: Date) {
    super(
      'This process stood still, or could not reach the database, for so long that another may have taken over. Try again.',
    );
  }
}
