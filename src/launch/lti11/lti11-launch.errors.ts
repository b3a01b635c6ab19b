import { LtiError } from '../../common/lti-error.js';

const PARAMETERS = 'LTI 1.1.1 3';

/** Why a launch by LTI 1.1 was refused. No message holds a secret, a signature, or what a stranger wrote. */
abstract class Lti11LaunchError extends LtiError {
  readonly status: number = 400;
}

/** Of one parameter, which is ours to name. */
abstract class Lti11ParameterError extends Lti11LaunchError {
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(message);
  }

  override details(): Record<string, unknown> {
    return { parameter: this.parameter };
  }
}

export class Lti11ParameterMissing extends Lti11ParameterError {
  readonly code = 'lti11_parameter_missing';
  override readonly specRef = PARAMETERS;

  constructor(parameter: string) {
    super(parameter, `The launch has no ${parameter} in its form.`);
  }
}

/** Which of them counts is not ours to guess. */
export class Lti11ParameterDuplicated extends Lti11ParameterError {
  readonly code = 'lti11_parameter_duplicated';
  override readonly specRef = PARAMETERS;

  constructor(parameter: string) {
    super(parameter, `The launch has ${parameter} more than once. Take it out of the launch URL's query.`);
  }
}

export class Lti11ParameterInvalid extends Lti11ParameterError {
  readonly code = 'lti11_parameter_invalid';
  override readonly specRef = PARAMETERS;

  constructor(parameter: string, reason: string) {
    super(parameter, `The parameter ${parameter} of the launch ${reason}.`);
  }
}

/** Of any parameter: its name is a stranger's. */
export class Lti11TextInvalid extends Lti11LaunchError {
  readonly code = 'lti11_text_invalid';

  constructor() {
    super('The launch holds NUL or halves of characters.');
  }
}

export class Lti11VersionUnsupported extends Lti11LaunchError {
  readonly code = 'lti11_version_unsupported';
  override readonly specRef = PARAMETERS;

  constructor() {
    super('The lti_version of the launch is none of LTI 1.0, 1.1 and 1.2 (LTI-1p0, LTI-1p1, LTI-1p2).');
  }
}

export class Lti11MessageTypeUnsupported extends Lti11LaunchError {
  readonly code = 'lti11_message_type_unsupported';
  override readonly specRef = PARAMETERS;

  constructor() {
    super(
      'This kind of message is not known here. Known are basic-lti-launch-request and ContentItemSelectionRequest.',
    );
  }
}

export class Lti11SignatureMethodUnsupported extends Lti11LaunchError {
  readonly code = 'lti11_signature_method_unsupported';
  override readonly specRef = 'RFC 5849 3.4';

  constructor() {
    super('The launch is signed by a method that is not taken here. HMAC-SHA1 and HMAC-SHA256 are.');
  }
}

/** The same for a key that nobody has and for a wrong secret: keys are not to be found by trying. */
export class Lti11SignatureInvalid extends Lti11LaunchError {
  readonly code = 'lti11_signature_invalid';
  override readonly status = 401;
  override readonly specRef = 'RFC 5849 3.2';

  constructor() {
    super(
      'The signature of the launch is not the one that a consumer known here would make. Compare consumer key, secret ' +
        'and launch URL with those in the platform.',
    );
  }
}

export class Lti11TimestampStale extends Lti11LaunchError {
  readonly code = 'lti11_timestamp_stale';
  override readonly status = 401;
  override readonly specRef = 'RFC 5849 3.3';

  constructor(readonly now: Date) {
    super(
      'The launch was signed more than 5 minutes from now. Open the activity from the course once more; if that does not ' +
        `help, the clock of the platform is wrong, or ours, which says ${now.toISOString()}.`,
    );
  }
}

export class Lti11NonceUsed extends Lti11LaunchError {
  readonly code = 'lti11_nonce_used';
  override readonly status = 401;
  override readonly specRef = 'RFC 5849 3.3';

  constructor() {
    super('This launch was used already: each works once. Open the activity from the course once more.');
  }
}
