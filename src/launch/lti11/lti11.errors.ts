import { Conflict, LaunchRefused, NotFound } from '../../common/reactions.errors.js';

/** The section on the parameters of a launch. */
const PARAMETERS = 'LTI 1.1.1 3';

/** The errors of LTI 1.1. Their texts never contain a secret, a signature, or text from the launch. */
export const lti11Errors = {
  // Launches

  parameterMissing: (parameter: string) =>
    new LaunchRefused({
      code: 'lti11_parameter_missing',
      specRef: PARAMETERS,
      message: `The launch has no ${parameter} in its form.`,
      details: { parameter },
    }),
  /** The right value is not known. */
  parameterDuplicated: (parameter: string) =>
    new LaunchRefused({
      code: 'lti11_parameter_duplicated',
      specRef: PARAMETERS,
      message: `The launch has ${parameter} more than once. Remove it from the query of the launch URL.`,
      details: { parameter },
    }),
  parameterInvalid: (parameter: string, fault: string) =>
    new LaunchRefused({
      code: 'lti11_parameter_invalid',
      specRef: PARAMETERS,
      message: `The parameter ${parameter} of the launch ${fault}.`,
      details: { parameter },
    }),
  /** Without the name of the parameter: the sender of the launch may have chosen that, too. */
  textInvalid: () =>
    new LaunchRefused({
      code: 'lti11_text_invalid',
      message: 'The launch has a parameter that contains NUL or an unpaired surrogate.',
    }),
  versionUnsupported: () =>
    new LaunchRefused({
      code: 'lti11_version_unsupported',
      specRef: PARAMETERS,
      message: 'The lti_version of the launch is not LTI 1.0, 1.1 or 1.2 (LTI-1p0, LTI-1p1, LTI-1p2).',
    }),
  messageTypeUnsupported: () =>
    new LaunchRefused({
      code: 'lti11_message_type_unsupported',
      specRef: PARAMETERS,
      message:
        'This tool does not support this type of message. It supports basic-lti-launch-request and ContentItemSelectionRequest.',
    }),
  signatureMethodUnsupported: () =>
    new LaunchRefused({
      code: 'lti11_signature_method_unsupported',
      specRef: 'RFC 5849 3.4',
      message:
        'This tool does not accept the signature method of the launch. It accepts HMAC-SHA1 and HMAC-SHA256.',
    }),
  /** The same for an unknown key and for a wrong secret, so that an attacker cannot find keys by trying. */
  signatureInvalid: () =>
    new LaunchRefused({
      code: 'lti11_signature_invalid',
      status: 401,
      specRef: 'RFC 5849 3.2',
      message:
        'The launch is not signed by a consumer that this tool knows. Compare consumer key, secret and launch URL with those ' +
        'in the platform.',
    }),
  timestampStale: (now: Date) =>
    new LaunchRefused({
      code: 'lti11_timestamp_stale',
      status: 401,
      specRef: 'RFC 5849 3.3',
      message:
        'The launch was signed more than 5 minutes from now. Open the activity from the course again. If that does not ' +
        `help, compare the clock of the platform with the clock of this tool: ${now.toISOString()}.`,
    }),
  nonceUsed: () =>
    new LaunchRefused({
      code: 'lti11_nonce_used',
      status: 401,
      specRef: 'RFC 5849 3.3',
      message:
        'This launch has already been used, and a launch works once. Open the activity from the course again.',
    }),

  // Consumers

  consumerNotFound: (id: string) =>
    new NotFound({
      code: 'lti11_consumer_not_found',
      message: `There is no consumer ${id}, or it was deleted.`,
    }),
  consumerExists: (existingId: string) =>
    new Conflict({
      code: 'lti11_consumer_exists',
      message: `Consumer ${existingId} already has this consumer key. Change or delete that consumer first.`,
      details: { id: existingId },
    }),
};
