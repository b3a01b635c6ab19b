import { LtiError } from '../../common/lti-error.js';

/** No token, one that we did not sign, or one whose session has ended. */
export class LaunchSessionRequired extends LtiError {
  readonly code:
    | 'launch_session_required'
    | 'launch_session_invalid'
    | 'launch_session_expired'
    | 'launch_session_revoked';
  readonly status = 401;
  override readonly specRef = 'RFC 6750 3';
  override readonly challenge: string;

  constructor(problem: 'required' | 'invalid' | 'expired' | 'revoked') {
    super(
      {
        required: 'Send the token of the launch session: Authorization: Bearer.',
        invalid: 'The token is not one of a launch session.',
        expired: 'The launch session has expired. Open the activity from the course again.',
        revoked: 'The launch session was ended. Open the activity from the course again.',
      }[problem],
    );
    this.code = `launch_session_${problem}`;
    this.challenge =
      problem === 'required' ? 'Bearer realm="launch"' : 'Bearer realm="launch", error="invalid_token"';
  }
}

export class LaunchRoleRequired extends LtiError {
  readonly code = 'launch_role_required';
  readonly status = 403;
  override readonly specRef = 'CORE A.2.3';

  constructor(readonly roles: readonly string[]) {
    super(`This is for users with one of these roles in the course: ${roles.join(', ')}.`);
  }

  override details(): Record<string, unknown> {
    return { roles: this.roles };
  }
}

/** Which of these it is tells nobody anything. */
export class LaunchCodeInvalid extends LtiError {
  readonly code = 'launch_code_invalid';
  readonly status = 400;

  constructor() {
    super(
      'The code is unknown, was used already, or is older than a minute. Open the activity from the course again.',
    );
  }
}

export class LaunchSessionNotFound extends LtiError {
  readonly code = 'launch_session_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no launch session ${id}. Sessions are kept for a day after their end.`);
  }
}
