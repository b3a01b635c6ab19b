import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults } from './launch-defaults.js';
import { bearerRefusals, inTheWordsOf, membershipDefaults } from './membership-defaults.js';
import { tokenDefaults } from './token-defaults.js';
import { claimNames } from '../launch/claim-names.js';
import { type WindowQuirks } from './paging-quirks.js';
import { type TokenRefusal } from './refusals.js';

const refusal = (error: string): TokenRefusal => ({ status: 400, error });
const unauthorized = { status: 401, body: 'moodle', message: 'Unauthorized' } as const;
const paging: WindowQuirks = { style: 'from', badLimit: 'ignored' };
const noHandler = {
  status: 400,
  body: 'moodle',
  message: 'No handler found for {path} {accept} {contentType}',
} as const;
const incorrectScore = {
  status: 400,
  body: 'moodle-score',
  message: 'Incorrect score received{body}',
} as const;

/** Moodle 4.5.6, as measured. Unlike Moodle, the simulation also checks aud, jti and iss, as the specifications ask. */
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
    ...tokenDefaults,
    contentType: 'text/html; charset=utf-8',
    layout: 'pasted',
    tokenFormat: 'hex',
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
      missing_deployment: refusal('invalid_client'),
      unknown_deployment: refusal('invalid_client'),
      invalid_scope: refusal('invalid_scope'),
    },
  },
  memberships: {
    ...membershipDefaults,
    accept: 'exact',
    paging: { style: 'from', nextKeepsRole: false, badLimit: 'ignored' },
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
    jsonEscapes: 'php',
    refusals: {
      ...inTheWordsOf('moodle', bearerRefusals),
      wrong_method: { status: 400, body: 'moodle', message: 'No handler found for {path} {accept} ' },
      not_acceptable: { status: 400, body: 'moodle', message: 'No handler found for {path} {accept} ' },
      // The answer is the same for every fault of a token (measured).
      missing_bearer: unauthorized,
      unknown_token: unauthorized,
      expired_token: unauthorized,
      key_off: unauthorized,
      insufficient_scope: unauthorized,
      tool_withdrawn: unauthorized,
      unknown_resource_link: { status: 502, body: 'html', message: '502 Bad Gateway' },
    },
  },
  /** Unlike Moodle, the simulation also checks the enums of a score and that a maximum comes with it. */
  gradebook: {
    ...gradebookDefaults,
    itemPath: '/{item}/lineitem',
    accept: 'exact',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      // Dates and extensions are in the answer to the request that sent them, and are not stored.
      fields: ['label', 'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId'],
      extensions: [],
      answer: 'sent',
      tellsLtiLinkId: true,
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 200, body: 'none' },
      timestamps: { precision: 'second', refused: 'earlier-or-equal' },
      gradable: 'students',
      countedProgress: ['FullyGraded'],
    },
    results: {
      ...gradebookDefaults.results,
      paging,
      atUserPath: 'nothing',
      lists: 'graded',
      layout: 'query',
    },
    links: 'every',
    linkStyle: { rel: 'curly', ampersand: 'escaped' },
    jsonEscapes: 'php',
    refusals: {
      ...inTheWordsOf('moodle', gradebookRefusals),
      wrong_method: noHandler,
      wrong_content_type: noHandler,
      not_acceptable: {
        status: 400,
        body: 'moodle',
        message: 'No context or unsupported content type',
      },
      // The answer is the same for every fault of a token (measured).
      missing_bearer: unauthorized,
      unknown_token: unauthorized,
      expired_token: unauthorized,
      key_off: unauthorized,
      insufficient_scope: unauthorized,
      tool_withdrawn: unauthorized,
      // The type_id in its URL belongs to another client. The answer is the same as to an expired token (measured).
      foreign_line_item: unauthorized,
      unknown_line_item: {
        status: 404,
        body: 'moodle',
        message: "Not Found: Grade item {item} doesn't exist",
      },
      unknown_resource_link: { status: 403, body: 'moodle', message: 'Invalid LTI id supplied.' },
      bad_line_item: { status: 400, body: 'moodle', message: 'No label or Score Maximum' },
      coupled_line_item: { status: 403, body: 'moodle', message: 'Forbidden' },
      locked_line_item: { status: 500, body: 'moodle-score', message: 'Internal Server Error' },
      bad_score: incorrectScore,
      missing_score_maximum: incorrectScore,
      // PHP writes a status line with code 0, which nginx rejects.
      unreadable_user_id: { status: 502, body: 'html', message: '502 Bad Gateway' },
      unknown_user: incorrectScore,
      not_a_student: incorrectScore,
      stale_timestamp: {
        status: 409,
        body: 'moodle-score',
        message: 'Refusing score with an earlier timestamp for item {item} and user {user}',
      },
      // The text of a refusal contains the request's body. A status line cannot hold its newlines, so the status stays 200.
      swallowed_body: { status: 200, body: 'moodle-score', message: 'OK' },
      limit_with_type: { status: 404, body: 'html', message: 'Error' },
    },
  },
  launch: {
    ...launchDefaults,
    historyVariables: ['$Context.id.history'],
    messageHint: 'json',
    singleUseHint: true,
    idTokenLifeSeconds: 60,
    hasAzp: false,
    toolPlatform: {
      product_family_code: 'moodle',
      version: '2024100706',
      guid: '31a47228ad5cc37af6ce034178220752',
      name: 'tm',
      description: 'Test Moodle',
    },
    contextType: 'CourseSection',
    nrpsVersions: ['1.0', '2.0'],
    custom: {
      course: '{contextId}',
      rlid: '{resourceLinkId}',
      uname: '{username}',
      context_memberships_url: '{membershipsUrl}',
      system_setting_url: '{url}/mod/lti/services.php/tool/1/custom',
      context_setting_url: '{url}/mod/lti/services.php/CourseSection/{contextId}/bindings/tool/1/custom',
      // Moodle's own placeholder, which Moodle does not replace.
      link_setting_url: '{url}/mod/lti/services.php/links/{link_id}/custom',
    },
    extraClaims: { [claimNames.ext]: { user_username: '{username}', lms: 'moodle-2' } },
    linkClaims: {
      [claimNames.basicOutcome]: {
        lis_result_sourcedid:
          '{"data":{"instanceid":"{resourceLinkId}","userid":"{userId}","typeid":"1","launchid":2052957759},"hash":"dc838e26"}',
        lis_outcome_service_url: '{url}/mod/lti/service.php',
      },
    },
    presentation: { returnPath: '/mod/lti/return.php?course={contextId}&launch_container=4&instanceid=1' },
    deepLinking: {
      returnPath: '/mod/lti/contentitem_return.php?course={contextId}&id=1',
      launchParameter: 'sesskey',
      // Moodle shows each error to a user with the status 404.
      refusal: { status: 404, body: 'html', message: '{detail}' },
      settings: {
        accept_types: ['ltiResourceLink'],
        accept_presentation_document_targets: ['frame', 'iframe', 'window'],
        accept_copy_advice: false,
        accept_multiple: true,
        accept_unsigned: false,
        auto_create: false,
        can_confirm: false,
        title: 'My title',
        text: 'My text',
      },
    },
  },
};
