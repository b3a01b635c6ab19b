import { LtiError } from '../../common/lti-error.js';

const AGAIN = 'Open the activity from the course again, and authorize the tool once more.';

/** Forged, of somebody else's making, or used already: which one it is tells nobody anything. */
export class ConsentStateUnknown extends LtiError {
  readonly code = 'user_grant_state_unknown';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 10.12';

  constructor() {
    super(`This authorization is not known here, or was completed already. ${AGAIN}`);
  }
}

export class ConsentStateExpired extends LtiError {
  readonly code = 'user_grant_state_expired';
  readonly status = 400;

  constructor() {
    super(`The authorization was begun more than ten minutes ago. ${AGAIN}`);
  }
}

/** The answer came back in another browser, or for another launch, than the one that asked. */
export class ConsentOfAnotherBrowser extends LtiError {
  readonly code = 'user_grant_other_browser';
  readonly status = 403;
  override readonly specRef = 'RFC 6749 10.12';

  constructor() {
    super(`The authorization was begun in another browser or in another launch. ${AGAIN}`);
  }
}

/** The link that leads to the platform is not one of ours, or too old. */
export class AuthorizeLinkInvalid extends LtiError {
  readonly code = 'user_grant_link_invalid';
  readonly status = 400;

  constructor(problem: 'unknown' | 'expired') {
    super(
      problem === 'expired'
        ? 'The link for the authorization is too old. Open the activity from the course again.'
        : 'The link for the authorization is not valid. Open the activity from the course again.',
    );
  }
}

export class ConsentDenied extends LtiError {
  readonly code = 'user_grant_denied';
  readonly status = 403;
  override readonly specRef = 'RFC 6749 4.1.2.1';

  constructor() {
    super('The tool was not authorized at the platform. What needs it does not work until you allow it.');
  }
}

const EXPLAINED: Readonly<Record<string, string>> = {
  login_required: 'You are not logged in at the platform. Log in there, and try again.',
  interaction_required: 'The platform needs an answer of yours and may not ask for it. Try again.',
  consent_required: 'The platform needs your consent and may not ask for it. Try again.',
  temporarily_unavailable: 'The platform is busy. Try again in a few minutes.',
};

/** The platform sent the user back with an error. */
export class ConsentFailed extends LtiError {
  readonly code = 'user_grant_consent_failed';
  readonly status = 502;
  override readonly specRef = 'RFC 6749 4.1.2.1';

  /** @param words the platform's own, as they may be shown */
  constructor(
    readonly platformError: string,
    words: string,
  ) {
    const said = words === '' ? platformError : `${platformError}: ${words}`;
    super(
      `${EXPLAINED[platformError] ?? 'The platform could not complete the authorization.'} It says: ${said}.`,
    );
  }

  override details(): Record<string, unknown> {
    return { platformError: this.platformError };
  }
}

/**
 * The platform did not answer the exchange of the code, or throttled it. The answer can be used once, so the user authorizes the
 * tool again; its code, status and message are those of the original error.
 */
export class ConsentInterrupted extends LtiError {
  readonly code: string;
  readonly status: number;
  override readonly retryAt: Date | undefined;

  /** @param authorizeUrl where the user authorizes the tool again */
  constructor(
    private readonly reason: LtiError,
    private readonly authorizeUrl: string,
  ) {
    super(reason.message, { cause: reason });
    this.code = reason.code;
    this.status = reason.status;
    this.retryAt = reason.retryAt;
  }

  override details(): Record<string, unknown> {
    return { ...this.reason.details(), authorizeUrl: this.authorizeUrl };
  }
}

/** The platform sent neither a code nor an error. */
export class ConsentAnswerInvalid extends LtiError {
  readonly code = 'user_grant_answer_invalid';
  readonly status = 400;

  constructor(parameter: string) {
    super(`The platform's answer has no usable ${parameter}. ${AGAIN}`);
  }
}

/** Somebody else is logged in at the platform's API host than the one who was launched. */
export class WrongUser extends LtiError {
  readonly code = 'user_grant_wrong_user';
  readonly status = 403;

  constructor() {
    super(
      'The tool was authorized by another user than the one who opened it, so that was taken back. Log out at the ' +
        'platform, log in as yourself, and open the activity again.',
    );
  }
}

/** An administrator of the platform acted as the user: the grant would be used in the user's name with that person's consent. */
export class ConsentMasqueraded extends LtiError {
  readonly code = 'user_grant_masqueraded';
  readonly status = 403;

  constructor() {
    super(
      'The tool was authorized by another person who acts as this user, so the authorization was revoked. Stop acting as the ' +
        'user, and have the user authorize the tool.',
    );
  }
}

/** It is not known whether the one who consents is the one who was launched, and this tool wants to know. */
export class ConsentUnverified extends LtiError {
  readonly code = 'user_grant_unverified';
  readonly status = 403;

  /** @param parameter the custom parameter that would tell */
  constructor(parameter: string | null) {
    super(
      'The tool does not know which user of the platform authorizes it, so the authorization is refused. ' +
        (parameter === null
          ? 'The platform does not say it; the tool can be set to allow that (unverified: allow).'
          : `The platform's administrator has to add the custom parameter ${parameter} to the tool's launches.`),
    );
  }
}

/** The redirect URI is not one of the tool's. */
export class RedirectUriNotAllowed extends LtiError {
  readonly code = 'user_grant_redirect_uri_not_allowed';
  readonly status = 400;

  constructor() {
    super("The redirectUri is not below one of the tool's URLs. Add it to TOOL_URLS if it is yours.");
  }
}
