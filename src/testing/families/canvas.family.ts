import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { bearerRefusals, inTheWordsOf, membershipDefaults } from './membership-defaults.js';
import { oauthTokenRefusals, tokenDefaults, withStatus } from './token-defaults.js';
import { type WindowQuirks } from './paging-quirks.js';

const unauthorized = { status: 401, body: 'canvas' } as const;
const invalidAssertion = { status: 400, error: 'invalid_request', described: true } as const;
// The default page size of every list in Canvas.
const paging: WindowQuirks = { style: 'page', defaultLimit: 10, largestLimit: 50, badLimit: 'ignored' };
const unprocessable = { status: 422, body: 'canvas', error: 'unprocessable_entity' } as const;
const badRequest = { status: 400, body: 'canvas', error: 'bad_request' } as const;
const notFound = { status: 404, body: 'canvas', error: 'not_found' } as const;
const notAStudent = {
  ...unprocessable,
  message: 'User not found in course or is not a student',
} as const;
const institutionRole = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';
const systemUser = 'http://purl.imsglobal.org/vocab/lis/v2/system/person#User';
const pickedLink = {
  accept_types: ['ltiResourceLink'],
  accept_media_types: 'application/vnd.ims.lti.v1.ltilink',
};
const cartridges = ['p1', 'p2', 'p3'].map((version) => `application/vnd.ims.imsccv1${version}`).join(',');

/** Canvas, from its source and docs. All hosted customers share one issuer, whatever their host. */
export const canvas: PlatformFamily = {
  name: 'canvas',
  issuer: 'https://canvas.instructure.com',
  paths: {
    authorization: '/api/lti/authorize_redirect',
    token: '/login/oauth2/token',
    jwks: '/api/lti/security/jwks',
    memberships: '/api/lti/courses/{context}/names_and_roles',
    lineItems: '/api/lti/courses/{context}/line_items',
  },
  // Canvas does not retry.
  notices: {
    path: '/api/lti/notice-handlers',
    types: ['LtiHelloWorldNotice', 'LtiAssetProcessorSubmissionNotice', 'LtiContextCopyNotice'],
  },
  throttling: {
    highWater: 700,
    maximum: 800,
    leakPerSecond: 10,
    inFlightCost: 50,
    requestCost: 1,
    tokenCost: 200,
  },
  token: {
    ...tokenDefaults,
    unknownScopes: 'refused',
    iatLeewaySeconds: 30,
    oldestIatSeconds: 300,
    refusals: {
      ...withStatus(400, oauthTokenRefusals),
      unknown_client: { status: 401, error: 'invalid_client', described: true },
      key_off: { status: 401, error: 'invalid_client', described: true },
      malformed_assertion: invalidAssertion,
      bad_signature: invalidAssertion,
      missing_claim: invalidAssertion,
      issued_in_future: invalidAssertion,
      issued_too_long_ago: invalidAssertion,
      expired_assertion: invalidAssertion,
      subject_mismatch: invalidAssertion,
      wrong_audience: invalidAssertion,
      replayed_assertion: invalidAssertion,
    },
  },
  memberships: {
    ...membershipDefaults,
    paging: { style: 'page', defaultLimit: 50, largestLimit: 50, nextKeepsRole: true, badLimit: 'ignored' },
    // By its docs, the roster lists active members only: inactive and completed ones are absent.
    statuses: 'active-only',
    fields: [
      'status',
      'user_id',
      'lis_person_sourcedid',
      'name',
      'given_name',
      'family_name',
      'email',
      'picture',
      'lti11_legacy_user_id',
    ],
    refusals: {
      ...inTheWordsOf('canvas', bearerRefusals),
      // Canvas also answers 401 to a missing scope and to a tool that is not in the course.
      insufficient_scope: { ...unauthorized, message: 'The token is not permitted to do this.' },
      tool_withdrawn: { ...unauthorized, message: 'The tool is not in this course.' },
      key_off: { ...unauthorized, message: 'Unknown or inactive Developer Key' },
      unknown_resource_link: {
        status: 400,
        body: 'canvas',
        message: 'The resource link is not in this course.',
      },
    },
  },
  /** A timestamp equal to the last one is accepted. */
  gradebook: {
    ...gradebookDefaults,
    accept: 'any',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      fields: [
        'scoreMaximum',
        'label',
        'tag',
        'resourceId',
        'resourceLinkId',
        'startDateTime',
        'endDateTime',
      ],
      extensions: ['https://canvas.instructure.com/lti/submission_type'],
      put: 'merges',
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 200, body: 'result-url' },
      timestamps: { precision: 'millisecond', refused: 'earlier' },
      gradable: 'students',
      countedProgress: ['FullyGraded', 'PendingManual'],
      countsAttempts: true,
      comments: 'added',
    },
    results: {
      ...gradebookDefaults.results,
      paging,
      ids: 'own',
      submission: 'as-posted',
    },
    refusals: {
      ...inTheWordsOf('canvas', gradebookRefusals),
      // Canvas also answers 401 to a missing scope and to a tool that is not in the course.
      insufficient_scope: { ...unauthorized, message: 'Insufficient permissions' },
      tool_withdrawn: {
        ...unauthorized,
        message: 'Access Token not linked to a Tool associated with this Context',
      },
      key_off: { ...unauthorized, message: 'Unknown or inactive Developer Key' },
      unknown_course: { ...notFound, message: 'Context not found' },
      concluded_course: { ...notFound, message: 'Context not found' },
      // The enrolments of its students ended with the course.
      course_past_its_end: notAStudent,
      unknown_line_item: { ...notFound, message: 'The specified resource does not exist.' },
      unknown_result: { ...notFound, message: 'The specified resource does not exist.' },
      unknown_resource_link: { ...notFound, message: 'The specified resource does not exist.' },
      foreign_line_item: {
        status: 412,
        body: 'canvas',
        error: 'precondition_failed',
        message: 'Tool does not have permission to view line_item',
      },
      coupled_line_item: { status: 401, body: 'none', message: '' },
      bad_score: { ...badRequest, message: 'param is missing or the value is empty: {field}' },
      missing_score_maximum: {
        ...unprocessable,
        message: 'ScoreMaximum not supplied when ScoreGiven present.',
      },
      future_submission: {
        ...badRequest,
        message: 'Provided submitted_at timestamp of {submittedAt} in the future',
      },
      no_content_items: {
        ...unprocessable,
        message: "Content items must be provided with submission type 'online_upload'",
      },
      no_attempts_left: {
        ...unprocessable,
        message: 'The maximum number of allowed attempts has been reached for this submission',
      },
      unpublished_assignment: { ...unprocessable, message: 'The assignment is not published' },
      unknown_user: notAStudent,
      not_a_student: notAStudent,
      stale_timestamp: {
        ...badRequest,
        message: 'Provided timestamp of {timestamp} before last updated timestamp of {last}',
      },
    },
  },
  launch: {
    ...launchDefaults,
    deploymentParameter: 'deployment_id',
    messageHint: 'jwt',
    singleUseHint: true,
    storageTarget: 'post_message_forwarding',
    toolPlatform: toolPlatform('canvas', 'cloud'),
    rolesBeside: {
      learner: [`${institutionRole}#Student`, systemUser],
      other: [`${institutionRole}#Instructor`, systemUser],
    },
    extraClaims: {
      'https://purl.imsglobal.org/spec/lti/claim/lti11_legacy_user_id': '{lti11UserId}',
      errors: { errors: {} },
      locale: 'en',
      picture: '{picture}',
    },
    linkClaims: { 'https://www.instructure.com/placement': null },
    presentation: {
      returnPath: '/courses/{contextId}/external_content/success/external_tool_redirect',
      width: 800,
      height: 400,
    },
    deepLinking: {
      returnPath: '/courses/{contextId}/deep_linking_response',
      launchParameter: 'data',
      refusal: { ...badRequest, message: '{detail}' },
      // Canvas does not send accept_lineitem: where the placement has no line items, it ignores them.
      settings: {
        ...pickedLink,
        accept_presentation_document_targets: ['iframe', 'window'],
        accept_multiple: true,
        auto_create: false,
      },
      placements: {
        claim: 'https://www.instructure.com/placement',
        returnParameter: 'placement',
        default: 'link_selection',
        settings: {
          ActivityAssetProcessor: { accept_types: ['ltiAssetProcessor'], auto_create: true },
          assignment_selection: { accept_multiple: false },
          collaboration: {
            accept_presentation_document_targets: ['iframe'],
            accept_multiple: false,
            auto_create: true,
          },
          conference_selection: {
            accept_types: ['link', 'html'],
            accept_media_types: 'text/html,*/*',
            accept_multiple: false,
            auto_create: true,
          },
          course_assignments_menu: {},
          editor_button: {
            accept_types: ['link', 'file', 'html', 'ltiResourceLink', 'image'],
            accept_presentation_document_targets: ['embed', 'iframe', 'window'],
            accept_media_types: 'image/*,text/html,application/vnd.ims.lti.v1.ltilink,*/*',
          },
          homework_submission: {
            accept_types: ['file', 'ltiResourceLink'],
            accept_presentation_document_targets: ['iframe'],
            accept_media_types: '*/*',
            accept_multiple: false,
          },
          link_selection: {},
          migration_selection: {
            accept_types: ['file'],
            accept_presentation_document_targets: ['iframe'],
            accept_media_types: `${cartridges},application/zip,application/xml`,
            accept_multiple: false,
          },
          module_index_menu_modal: { auto_create: true },
          module_menu_modal: { auto_create: true },
          submission_type_selection: { accept_multiple: false },
        },
        withLineItems: [
          'assignment_selection',
          'course_assignments_menu',
          'link_selection',
          'module_index_menu_modal',
          'module_menu_modal',
        ],
      },
    },
    lti11Ids: 'prefixed',
  },
};
