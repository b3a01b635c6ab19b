import { type PlatformFamily } from './family.js';
import { type TokenRefusal } from './refusals.js';
import { membershipMediaType } from '../service-constants.js';
import { moodleGradebook } from './moodle.gradebook.js';
import { moodleLaunch } from './moodle.launch.js';
import { bearerRefusals, inTheWordsOf } from './service-refusals.js';

const refusal = (error: string): TokenRefusal => ({ status: 400, error });
const unauthorized = { status: 401, body: 'moodle', message: 'Unauthorized' } as const;

/** Moodle 4.5.6, as measured. It is stricter here than there in what the specifications ask: aud, jti and iss are checked. */
export const moodle: PlatformFamily = {
  name: 'moodle',
  userIds: 'number',
  paths: {
    authorization: '/mod/lti/auth.php',
    token: '/mod/lti/token.php',
    jwks: '/mod/lti/certs.php',
    memberships: '/mod/lti/services.php/CourseSection/{context}/bindings/1/memberships',
    lineItems: '/mod/lti/services.php/{context}/lineitems?type_id=1',
  },
  token: {
    contentType: 'text/html; charset=utf-8',
    layout: 'pasted',
    tokenType: 'Bearer',
    tokenFormat: 'hex',
    unknownScopes: 'dropped',
    iatLeewaySeconds: 0,
    refetchesKeysWithoutAlg: true,
    refusals: {
      wrong_method: refusal('invalid_request'),
      wrong_content_type: refusal('invalid_request'),
      missing_parameter: refusal('invalid_request'),
      missing_scope: refusal('invalid_request'),
      repeated_parameter: refusal('invalid_request'),
      unsupported_grant_type: refusal('unsupported_grant_type'),
      wrong_assertion_type: refusal('unsupported_grant_type'),
      malformed_assertion: refusal('invalid_request'),
      unknown_client: refusal('invalid_client'),
      key_off: refusal('invalid_client'),
      wrong_algorithm: refusal('Incorrect key for this algorithm'),
      missing_key_id: refusal('"kid" empty, unable to lookup correct key'),
      unknown_key: refusal('"kid" invalid, unable to lookup correct key'),
      unusable_key: refusal('Incorrect key for this algorithm'),
      unreachable_key_set: { status: 404, error: 'Error', html: true },
      bad_signature: refusal('Signature verification failed'),
      missing_claim: refusal('invalid_client'),
      issued_in_future: refusal('Cannot handle token with iat prior to {detail}'),
      issued_too_long_ago: refusal('invalid_client'),
      expired_assertion: refusal('Expired token'),
      lives_too_long: refusal('invalid_client'),
      subject_mismatch: refusal('invalid_client'),
      wrong_audience: refusal('invalid_client'),
      replayed_assertion: refusal('invalid_client'),
      invalid_scope: refusal('invalid_scope'),
    },
  },
  memberships: {
    contentType: `${membershipMediaType}; charset=utf-8`,
    accept: 'exact',
    paging: { style: 'from', nextKeepsRole: false, badLimit: 'ignored' },
    filtersByRole: true,
    filtersByResourceLink: true,
    roleNames: 'short',
    statuses: 'active-only',
    fields: [
      'status',
      'user_id',
      'lis_person_sourcedid',
      'name',
      'given_name',
      'family_name',
      'email',
      'ext_user_username',
    ],
    emptyFields: ['lis_person_sourcedid'],
    names: 'html',
    sections: 'none',
    emptyPage: 'container',
    jsonEscapes: 'php',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: {
      ...inTheWordsOf('moodle', bearerRefusals),
      wrong_method: { status: 400, body: 'moodle', message: 'No handler found for {path} {accept} ' },
      not_acceptable: { status: 400, body: 'moodle', message: 'No handler found for {path} {accept} ' },
      // One and the same answer to every fault of a token (measured).
      missing_bearer: unauthorized,
      unknown_token: unauthorized,
      expired_token: unauthorized,
      key_off: unauthorized,
      insufficient_scope: unauthorized,
      tool_withdrawn: unauthorized,
      unknown_resource_link: { status: 502, body: 'html', message: '502 Bad Gateway' },
    },
  },
  gradebook: moodleGradebook,
  launch: moodleLaunch,
};
