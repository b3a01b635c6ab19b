import { LtiError } from '../common/lti-error.js';

/** A parameter that the message needs is missing. */
export class LaunchParameterMissing extends LtiError {
  readonly code = 'launch_parameter_missing';
  readonly status = 400;

  constructor(
    readonly parameter: string,
    override readonly specRef: string,
  ) {
    super(`The platform's request has no ${parameter}. Open the activity from the course once more.`);
  }

  override details(): Record<string, unknown> {
    return { parameter: this.parameter };
  }
}

/** A parameter was given twice, or is too long: which one counts is not ours to guess. */
export class LaunchParameterInvalid extends LtiError {
  readonly code = 'launch_parameter_invalid';
  readonly status = 400;

  constructor(
    readonly parameter: string,
    reason: string,
  ) {
    super(`The parameter ${parameter} of the platform's request ${reason}.`);
  }

  override details(): Record<string, unknown> {
    return { parameter: this.parameter };
  }
}

export class LaunchFormUnreadable extends LtiError {
  readonly code = 'launch_form_unreadable';
  readonly status = 400;

  constructor(reason: string) {
    super(
      `A launch is a form POST (application/x-www-form-urlencoded), and this one cannot be read: ${reason}.`,
    );
  }
}

export class LaunchFormTooLarge extends LtiError {
  readonly code = 'launch_form_too_large';
  readonly status = 413;

  constructor(bound: string) {
    super(`The launch is larger than any that a platform sends: it may have at most ${bound}.`);
  }
}

/** The launch URL was opened by GET: by a bookmark, a reload, or from the address bar. */
export class LaunchNotPosted extends LtiError {
  readonly code = 'launch_not_posted';
  readonly status = 405;
  override readonly specRef = 'SEC 5.1.1.3';

  constructor() {
    super(
      'An activity is opened from its course: the platform posts the launch to this address. Open the activity from the course.',
    );
  }
}

export class DeploymentUnknown extends LtiError {
  readonly code = 'deployment_unknown';
  readonly status = 403;
  override readonly specRef = 'CORE 5.3.3';

  constructor(
    readonly deploymentId: string,
    readonly registrationId: string,
  ) {
    super(
      `The launch comes from deployment "${deploymentId}", which registration ${registrationId} does not name. ` +
        'Add it to the deployments of the registration, or let new ones in by `deployments: auto`.',
    );
  }

  override details(): Record<string, unknown> {
    return { deploymentId: this.deploymentId, registrationId: this.registrationId };
  }
}

export class AnonymousLaunchRefused extends LtiError {
  readonly code = 'anonymous_launch_refused';
  readonly status = 403;
  override readonly specRef = 'CORE 5.3.6.1';

  constructor() {
    super(
      "The platform does not say who you are, and this tool needs to know. Ask the platform's administrator to share " +
        'the user id with the tool.',
    );
  }
}

/** The signed target is no URL of the tool: whoever follows it would be sent to somebody else's site. */
export class TargetLinkNotAllowed extends LtiError {
  readonly code = 'target_link_uri_not_allowed';
  readonly status = 403;
  override readonly specRef = 'CORE 5.3.4';

  constructor(readonly origin: string) {
    super(`The link leads to ${origin}, which is not one of the tool's URLs. Add it to TOOL_URLS if it is.`);
  }
}
