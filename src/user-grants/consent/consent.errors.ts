import { type LtiError } from '../../common/lti-error.js';
import { ConsentRefused, InvalidRequest } from '../../common/reactions.errors.js';

const AGAIN = 'Open the activity from the course again, and authorize the tool again.';

const EXPLAINED: Readonly<Record<string, string>> = {
  login_required: 'You are not logged in at the platform. Log in there, and try again.',
  interaction_required: 'The platform needs an answer from you, but it could not ask for it. Try again.',
  consent_required: 'The platform needs your consent, but it could not ask for it. Try again.',
  temporarily_unavailable: 'The platform is busy. Try again in a few minutes.',
};

export const consentErrors = {
  /** The state is forged, was created by another tool, or has already been used. The answer does not say which. */
  stateUnknown: () =>
    new ConsentRefused({
      code: 'user_grant_state_unknown',
      status: 400,
      message: `The tool does not know this authorization, or it has already been completed. ${AGAIN}`,
      specRef: 'RFC 6749 10.12',
    }),
  stateExpired: () =>
    new ConsentRefused({
      code: 'user_grant_state_expired',
      status: 400,
      message: `The authorization began more than ten minutes ago. ${AGAIN}`,
    }),
  /** The answer came in another browser, or for another launch, than the request. */
  otherBrowser: () =>
    new ConsentRefused({
      code: 'user_grant_other_browser',
      message: `The authorization began in another browser or in another launch. ${AGAIN}`,
      specRef: 'RFC 6749 10.12',
    }),
  /** The link was not created by this tool, or has expired. */
  linkInvalid: (problem: 'unknown' | 'expired') =>
    new ConsentRefused({
      code: 'user_grant_link_invalid',
      status: 400,
      message:
        problem === 'expired'
          ? 'The link for the authorization is too old. Open the activity from the course again.'
          : 'The link for the authorization is not valid. Open the activity from the course again.',
    }),
  denied: () =>
    new ConsentRefused({
      code: 'user_grant_denied',
      message:
        'The tool was not authorized at the platform. Some functions do not work until you authorize it.',
      specRef: 'RFC 6749 4.1.2.1',
    }),
  /**
   * The platform sent the user back with an error.
   *
   * @param words the platform's own, as they may be shown
   */
  failed: (platformError: string, words: string) =>
    new ConsentRefused({
      code: 'user_grant_consent_failed',
      status: 502,
      message:
        `${EXPLAINED[platformError] ?? 'The platform could not complete the authorization.'} It says: ` +
        `${words === '' ? platformError : `${platformError}: ${words}`}.`,
      specRef: 'RFC 6749 4.1.2.1',
      details: { platformError },
    }),
  /**
   * The platform did not answer the exchange of the code, or throttled it. The code can be used once, so the user authorizes the
   * tool again; code, status and message are those of the original error.
   *
   * @param authorizeUrl where the user authorizes the tool again
   */
  interrupted: (reason: LtiError, authorizeUrl: string) =>
    new ConsentRefused({
      code: reason.code,
      status: reason.status,
      message: reason.message,
      retryAt: reason.retryAt,
      details: { ...reason.details(), authorizeUrl },
      cause: reason,
    }),
  /** The platform sent neither a code nor an error. */
  answerInvalid: (parameter: string) =>
    new ConsentRefused({
      code: 'user_grant_answer_invalid',
      status: 400,
      message: `The platform's answer has no usable ${parameter}. ${AGAIN}`,
    }),
  /** The user who is logged in at the platform's API host is not the user of the launch. */
  wrongUser: () =>
    new ConsentRefused({
      code: 'user_grant_wrong_user',
      message:
        'The tool was authorized by a user who is not the one who opened it, so the authorization was revoked. Log out at the ' +
        'platform, log in as yourself, and open the activity again.',
    }),
  /** An administrator of the platform acted as the user, so the consent is not the user's. */
  masqueraded: () =>
    new ConsentRefused({
      code: 'user_grant_masqueraded',
      message:
        'The tool was authorized by another person who acts as this user, so the authorization was revoked. Stop acting as the ' +
        'user, and have the user authorize the tool.',
    }),
  /**
   * It is not known whether the user who consents is the user of the launch, and this tool requires it.
   *
   * @param parameter the custom parameter of launches that would name the user
   */
  unverified: (parameter: string | null) =>
    new ConsentRefused({
      code: 'user_grant_unverified',
      message:
        'The tool does not know which user of the platform authorizes it, so the authorization is refused. ' +
        (parameter === null
          ? 'The platform does not tell which user it is. To allow such authorizations, set `unverified: allow` for the client.'
          : `The platform's administrator has to add the custom parameter ${parameter} to the tool's launches.`),
    }),
  redirectUriNotAllowed: () =>
    new InvalidRequest({
      code: 'user_grant_redirect_uri_not_allowed',
      message: "The redirectUri is not below one of the tool's URLs. Add it to TOOL_URLS if it is yours.",
    }),
};
