import { AccessDenied, NotFound } from '../../common/reactions.errors.js';

const problems = {
  required: 'Send the token of the launch session: Authorization: Bearer.',
  invalid: 'The token is not the token of a launch session.',
  expired: 'The launch session has expired. Open the activity from the course again.',
  revoked: 'The launch session was revoked. Open the activity from the course again.',
} as const;

export const launchSessionErrors = {
  /** The request has no token, a token that this tool did not sign, or the token of a session that has ended. */
  required: (problem: keyof typeof problems) =>
    new AccessDenied({
      code: `launch_session_${problem}`,
      status: 401,
      specRef: 'RFC 6750 3',
      message: problems[problem],
      challenge:
        problem === 'required' ? 'Bearer realm="launch"' : 'Bearer realm="launch", error="invalid_token"',
    }),
  roleRequired: (roles: readonly string[]) =>
    new AccessDenied({
      code: 'launch_role_required',
      specRef: 'CORE A.2.3',
      message: `This is for users with one of these roles in the course: ${roles.join(', ')}.`,
      details: { roles },
    }),
  /** One code for all three, so that an attacker learns nothing from it. */
  codeInvalid: () =>
    new AccessDenied({
      code: 'launch_code_invalid',
      status: 400,
      message:
        'The code is unknown, has already been used, or is older than a minute. Open the activity from the course again.',
    }),
  notFound: (id: string) =>
    new NotFound({
      code: 'launch_session_not_found',
      message: `There is no launch session ${id}. Sessions are kept for a day after their end.`,
    }),
};
