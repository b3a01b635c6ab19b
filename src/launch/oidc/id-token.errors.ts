import { LtiError } from '../../common/lti-error.js';

/** Why an id_token is refused, by its code; see SEC 5.1.3. */
const reasons = {
  id_token_too_large: 'has more characters than any platform sends',
  id_token_malformed: 'is no signed JWT',
  id_token_unsigned: 'is not signed (alg none)',
  id_token_symmetric: 'is signed with a shared secret (HMAC), which anybody who knows a public key could do',
  id_token_algorithm: 'is signed with another algorithm than the registration says',
  id_token_names_key:
    'names the key to check it with (jku, jwk, x5u or x5c); only the key set of the registration counts',
  id_token_kid_missing: 'does not say which of the keys of the platform signed it (kid)',
  id_token_kid_unknown: 'is signed with a key that is not in the key set of the platform',
  id_token_signature: 'has a wrong signature',
  id_token_issuer: 'is of another issuer than the registration',
  id_token_audience: 'is meant for another client_id',
  id_token_audience_untrusted: 'is meant for others besides this client_id',
  id_token_azp: 'was issued to another party (azp)',
  id_token_exp_missing: 'does not say when it expires (exp)',
  id_token_expired: 'has expired',
  id_token_iat_missing: 'does not say when it was issued (iat)',
  id_token_issued_in_future: 'was issued in the future',
  id_token_too_old: 'was issued before the launch was begun',
  id_token_not_yet_valid: 'is not valid yet (nbf)',
  nonce_missing: 'has no nonce',
  nonce_mismatch: 'has a nonce of another launch',
  nonce_reused: 'has a nonce that has been used already',
} as const;

export type IdTokenFault = keyof typeof reasons;

/** The clocks of platform and tool should agree: where they do not, all launches fail with one of these. */
const CLOCK_FAULTS: readonly IdTokenFault[] = [
  'id_token_expired',
  'id_token_issued_in_future',
  'id_token_too_old',
  'id_token_not_yet_valid',
];

/** An id_token is not one that the platform signed for this launch (SEC 5.1.3). It is never repeated here. */
export class IdTokenRefused extends LtiError {
  readonly status = 401;
  override readonly specRef = 'SEC 5.1.3';

  constructor(
    readonly code: IdTokenFault,
    options?: ErrorOptions,
  ) {
    super(
      `The id_token ${reasons[code]}. ` +
        (CLOCK_FAULTS.includes(code)
          ? 'Open the activity again; if it goes on, compare the clocks of platform and tool.'
          : 'Open the activity again; if it goes on, compare the registration with the settings of the platform.'),
      options,
    );
  }
}

/** The key set of the platform cannot be read, and was not read before. */
export class PlatformKeysUnavailable extends LtiError {
  readonly code = 'platform_keys_unavailable';
  readonly status = 503;
  override readonly specRef = 'SEC 6.3';

  constructor(
    readonly jwksUrl: string,
    reason: string,
    override readonly retryAt: Date,
    options?: ErrorOptions,
  ) {
    super(
      `The key set of the platform at ${jwksUrl} cannot be read: ${reason} Try again in a moment.`,
      options,
    );
  }
}
