import { LaunchRefused, Unavailable } from '../common/reactions.errors.js';

const OPEN_AGAIN = 'Go back to the course and open the activity again.';

/** Reasons to refuse an id_token (SEC 5.1.3), by the code of the error. */
const idTokenFaults = {
  id_token_too_large: 'has more characters than any platform sends',
  id_token_malformed: 'is not a signed JWT',
  id_token_unsigned: 'is not signed (alg none)',
  id_token_symmetric:
    'is signed with a shared secret (HMAC), so anyone who knows the public key could have signed it',
  id_token_algorithm: 'is signed with an algorithm that is not the one of the registration',
  id_token_names_key:
    'names the key to check it with (jku, jwk, x5u or x5c); only the key set of the registration is used',
  id_token_kid_missing: 'does not name the key that signed it (kid)',
  id_token_kid_unknown: 'is signed with a key that is not in the key set of the platform',
  id_token_signature: 'has a wrong signature',
  id_token_issuer: 'is from an issuer that is not the one of the registration',
  id_token_audience: 'is meant for another client_id',
  id_token_audience_untrusted: 'is meant for other clients as well as for this client_id',
  id_token_azp: 'was issued to another client (azp)',
  id_token_exp_missing: 'does not say when it expires (exp)',
  id_token_expired: 'has expired',
  id_token_iat_missing: 'does not say when it was issued (iat)',
  id_token_issued_in_future: 'was issued in the future',
  id_token_too_old: 'was issued before the login began',
  id_token_not_yet_valid: 'is not valid yet (nbf)',
  nonce_missing: 'has no nonce',
  nonce_mismatch: 'has the nonce of another launch',
  nonce_reused: 'has a nonce that has already been used',
} as const;

export type IdTokenFault = keyof typeof idTokenFaults;

const typeList = new Intl.ListFormat('en-GB');

/** What is wrong with the id_token, as the end of a sentence. @param code of the error that refused it */
export function faultOfIdToken(code: string): string {
  const faults: Readonly<Record<string, string>> = idTokenFaults;
  return faults[code] ?? 'was refused';
}

/** If the clocks of platform and tool differ, every launch fails with one of these. */
const CLOCK_FAULTS: readonly IdTokenFault[] = [
  'id_token_expired',
  'id_token_issued_in_future',
  'id_token_too_old',
  'id_token_not_yet_valid',
];

export const launchErrors = {
  // The requests

  parameterMissing: (parameter: string, specRef: string) =>
    new LaunchRefused({
      code: 'launch_parameter_missing',
      specRef,
      message: `The platform's request has no ${parameter}. Open the activity from the course again.`,
      details: { parameter },
    }),
  /** A parameter is too long, or it was given twice, so the right value is not known. */
  parameterInvalid: (parameter: string, fault: string) =>
    new LaunchRefused({
      code: 'launch_parameter_invalid',
      message: `The parameter ${parameter} of the platform's request ${fault}.`,
      details: { parameter },
    }),
  formUnreadable: (reason: string) =>
    new LaunchRefused({
      code: 'launch_form_unreadable',
      message: `A launch is a form POST (application/x-www-form-urlencoded), and this one cannot be read: ${reason}.`,
    }),
  formTooLarge: (bound: string) =>
    new LaunchRefused({
      code: 'launch_form_too_large',
      status: 413,
      message: `The launch is larger than any that a platform sends: it may have at most ${bound}.`,
    }),
  /** The launch URL was opened by GET: by a bookmark, a reload, or from the address bar. */
  notPosted: () =>
    new LaunchRefused({
      code: 'launch_not_posted',
      status: 405,
      specRef: 'SEC 5.1.1.3',
      message:
        'An activity is opened from its course: the platform posts the launch to this address. Open the activity from the course.',
    }),

  // The login

  issuerUnknown: (issuer: string, clientId: string | undefined) =>
    new LaunchRefused({
      code: 'issuer_unknown',
      status: 404,
      specRef: 'SEC 5.1.1.1',
      message:
        `No registration has the issuer "${issuer}"${clientId === undefined ? '' : ` and the client_id "${clientId}"`}. ` +
        'Register the platform with the issuer and client_id exactly as it sends them.',
      details: { issuer, ...(clientId !== undefined && { clientId }) },
    }),
  /** One issuer serves many customers, and the request does not say which of them it is from. */
  registrationAmbiguous: (issuer: string) =>
    new LaunchRefused({
      code: 'registration_ambiguous',
      specRef: 'SEC 5.1.1.1',
      message:
        `Several registrations have the issuer "${issuer}", and neither client_id nor lti_deployment_id distinguishes them. ` +
        'Set up the platform so that it sends the client_id.',
      details: { issuer },
    }),
  /** The platform ended the login with an error such as `login_required` (OIDC 3.1.2.6). */
  declined: (error: string, description: string | undefined) =>
    new LaunchRefused({
      code: 'launch_declined',
      status: 403,
      specRef: 'OIDC 3.1.2.6',
      message:
        `The platform ended the launch: ${error}${description === undefined ? '' : ` (${description})`}. ` +
        'Log in to the platform and open the activity again.',
      details: { error, ...(description !== undefined && { description }) },
    }),
  stateUnknown: () =>
    new LaunchRefused({
      code: 'state_unknown',
      specRef: 'SEC 5.1.1.5',
      message: `The state of this launch was not created by this tool. ${OPEN_AGAIN}`,
    }),
  stateExpired: () =>
    new LaunchRefused({
      code: 'state_expired',
      specRef: 'SEC 5.1.1.5',
      message: `This launch began too long ago. ${OPEN_AGAIN}`,
    }),
  /** Login CSRF: another user may have begun this launch. */
  stateForeign: () =>
    new LaunchRefused({
      code: 'state_foreign',
      status: 403,
      specRef: 'SEC 5.1.1.5',
      message: `This launch did not begin in this browser, or the browser does not store cookies of this site. ${OPEN_AGAIN}`,
    }),
  stateReplayed: () =>
    new LaunchRefused({
      code: 'state_replayed',
      specRef: 'SEC 5.1.1.5',
      message: `This launch has already been used. ${OPEN_AGAIN}`,
    }),

  // The id_token

  /** The id_token is not one that the platform signed for this launch (SEC 5.1.3). The text never repeats it. */
  idTokenRefused: (code: IdTokenFault, options?: { cause: unknown }) =>
    new LaunchRefused({
      code,
      status: 401,
      specRef: 'SEC 5.1.3',
      message:
        `The id_token ${idTokenFaults[code]}. ` +
        (CLOCK_FAULTS.includes(code)
          ? 'Open the activity again; if that does not help, compare the clocks of platform and tool.'
          : 'Open the activity again; if that does not help, compare the registration with the settings of the platform.'),
      ...options,
    }),
  /** The key set of the platform cannot be read, and no earlier copy is left. */
  platformKeysUnavailable: (jwksUrl: string, reason: string, retryAt: Date, options: { cause: unknown }) =>
    new Unavailable({
      code: 'platform_keys_unavailable',
      specRef: 'SEC 6.3',
      message: `The key set of the platform at ${jwksUrl} cannot be read: ${reason} Try again in a moment.`,
      retryAt,
      ...options,
    }),

  // The claims

  claimMissing: (claim: string, specRef = 'CORE 5.3') =>
    new LaunchRefused({
      code: 'claim_missing',
      specRef,
      message: `The platform's message has no ${claim}. Only the platform can add it: send this text to its administrator.`,
      details: { claim },
    }),
  claimInvalid: (claim: string, fault: string, specRef = 'CORE 5.3') =>
    new LaunchRefused({
      code: 'claim_invalid',
      specRef,
      message: `The claim ${claim} of the platform's message ${fault}.`,
      details: { claim },
    }),
  versionUnsupported: () =>
    new LaunchRefused({
      code: 'lti_version_unsupported',
      specRef: 'CORE 5.3.2',
      message: "The version of the platform's message is not 1.3.0, the only version that this tool accepts.",
    }),
  /** @param supported the types that the tool takes */
  messageTypeUnsupported: (supported: readonly string[]) =>
    new LaunchRefused({
      code: 'message_type_unsupported',
      specRef: 'CORE 5.3.1',
      message: `This tool does not support this type of message. It supports ${typeList.format(supported)}. Remove the placement that sends it at the platform, or register a handler for it (launches.messages).`,
    }),

  // The launch

  deploymentUnknown: (deploymentId: string, registrationId: string) =>
    new LaunchRefused({
      code: 'deployment_unknown',
      status: 403,
      specRef: 'CORE 5.3.3',
      message:
        `The launch comes from deployment "${deploymentId}", which registration ${registrationId} does not name. ` +
        'Add it to the deployments of the registration, or accept new deployments with `deployments: auto`.',
      details: { deploymentId, registrationId },
    }),
  anonymousRefused: () =>
    new LaunchRefused({
      code: 'anonymous_launch_refused',
      status: 403,
      specRef: 'CORE 5.3.6.1',
      message:
        "The platform does not say who you are, and this tool needs to know. Ask the platform's administrator to share " +
        'the user id with the tool.',
    }),
  /** The signed target is not a URL of the tool: the browser must not be sent to another site. */
  targetLinkNotAllowed: (origin: string) =>
    new LaunchRefused({
      code: 'target_link_uri_not_allowed',
      status: 403,
      specRef: 'CORE 5.3.4',
      message: `The link leads to ${origin}, which is not one of the tool's URLs. Add it to TOOL_URLS if it is.`,
    }),
};
