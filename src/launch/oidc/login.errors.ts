import { LtiError } from '../../common/lti-error.js';

export class IssuerUnknown extends LtiError {
  readonly code = 'issuer_unknown';
  readonly status = 404;
  override readonly specRef = 'SEC 5.1.1.1';

  constructor(
    readonly issuer: string,
    readonly clientId: string | undefined,
  ) {
    super(
      `No registration has the issuer "${issuer}"${clientId === undefined ? '' : ` and the client_id "${clientId}"`}. ` +
        'Register the platform with the issuer and client_id as it writes them, letter for letter.',
    );
  }

  override details(): Record<string, unknown> {
    return { issuer: this.issuer, ...(this.clientId !== undefined && { clientId: this.clientId }) };
  }
}

/** One issuer serves many customers, and the request does not say which of them it is. */
export class RegistrationAmbiguous extends LtiError {
  readonly code = 'registration_ambiguous';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.1';

  constructor(readonly issuer: string) {
    super(
      `Several registrations have the issuer "${issuer}", and neither client_id nor lti_deployment_id tells them apart. ` +
        'Have the platform send its client_id.',
    );
  }

  override details(): Record<string, unknown> {
    return { issuer: this.issuer };
  }
}

const AGAIN = 'Go back to the course and open the activity again.';

/** Not one of ours, or changed on its way. */
export class StateUnknown extends LtiError {
  readonly code = 'state_unknown';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.5';

  constructor() {
    super(`The state of this launch was not given out here. ${AGAIN}`);
  }
}

export class StateExpired extends LtiError {
  readonly code = 'state_expired';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.5';

  constructor() {
    super(`This launch was begun too long ago. ${AGAIN}`);
  }
}

/** Login CSRF: the one who began this launch may be somebody else. */
export class StateForeign extends LtiError {
  readonly code = 'state_foreign';
  readonly status = 403;
  override readonly specRef = 'SEC 5.1.1.5';

  constructor() {
    super(`This launch was not begun in this browser, or the browser keeps nothing for this site. ${AGAIN}`);
  }
}

export class StateReplayed extends LtiError {
  readonly code = 'state_replayed';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.5';

  constructor() {
    super(`This launch has been used already. ${AGAIN}`);
  }
}

/** The platform ended the login by an error of its own (OIDC 3.1.2.6). */
export class LaunchDeclined extends LtiError {
  readonly code = 'launch_declined';
  readonly status = 403;
  override readonly specRef = 'OIDC 3.1.2.6';

  /** @param error the platform's code, such as `login_required` */
  constructor(
    readonly error: string,
    readonly description: string | undefined,
  ) {
    super(
      `The platform ended the launch: ${error}${description === undefined ? '' : ` (${description})`}. ` +
        'Log in to the platform and open the activity again.',
    );
  }

  override details(): Record<string, unknown> {
    return { error: this.error, ...(this.description !== undefined && { description: this.description }) };
  }
}
