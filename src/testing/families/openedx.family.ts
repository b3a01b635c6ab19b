import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults } from './launch-defaults.js';
import { bearerRefusals, membershipDefaults } from './membership-defaults.js';
import { oauthTokenRefusals, tokenDefaults, withStatus } from './token-defaults.js';
import { membershipMediaType } from '../service-constants.js';
import { type WindowQuirks } from './paging-quirks.js';

const invalidGrant = { status: 400, error: 'invalid_grant' } as const;
const invalidRequest = { status: 400, error: 'invalid_request' } as const;
const paging: WindowQuirks = { style: 'none', badLimit: 'ignored' };

/** Open edX, from its source. */
export const openedx: PlatformFamily = {
  name: 'openedx',
  paths: {
    authorization: '/api/lti_consumer/v1/launch/',
    // At Open edX each use of a tool has its own token URL.
    token: '/api/lti_consumer/v1/token/1',
    jwks: '/api/lti_consumer/v1/public_keysets/1',
    memberships: '/api/lti_consumer/v1/lti/{context}/memberships',
    lineItems: '/api/lti_consumer/v1/lti/{context}/lti-ags',
  },
  token: {
    ...tokenDefaults,
    contentType: 'application/json',
    tokenType: 'bearer',
    refusals: {
      ...withStatus(400, oauthTokenRefusals),
      malformed_assertion: invalidGrant,
      expired_assertion: invalidGrant,
      missing_claim: invalidRequest,
      missing_parameter: invalidRequest,
    },
  },
  memberships: {
    ...membershipDefaults,
    contentType: membershipMediaType,
    paging: { style: 'none', nextKeepsRole: false, badLimit: 'ignored' },
    filtersByRole: false,
    filtersByResourceLink: false,
    statuses: 'omitted',
    fields: ['user_id', 'name', 'email'],
    largestRoster: 1000,
    refusals: {
      ...bearerRefusals,
      roster_too_large: {
        status: 403,
        body: 'explained',
        error: 'above_response_limit',
        message: 'There are more users than this platform is set up to list.',
      },
    },
  },
  /**
   * Results are at `/results/` (with the slash) and `/results/{user}`, as posted and not scaled. No query parameter filters
   * them. A score for any user id is accepted.
   */
  gradebook: {
    ...gradebookDefaults,
    accept: 'any',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      fields: [
        'resourceId',
        'scoreMaximum',
        'label',
        'tag',
        'resourceLinkId',
        'startDateTime',
        'endDateTime',
      ],
      extensions: [],
      required: ['resourceId'],
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 201, body: 'score' },
      gradable: 'anyone',
      countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    },
    results: {
      ...gradebookDefaults.results,
      paging,
      collectionPath: '/results/',
      filtersByUser: false,
      atUserPath: 'array',
      lists: 'graded',
      score: 'as-posted',
    },
    refusals: {
      ...gradebookRefusals,
      stale_timestamp: {
        status: 400,
        body: 'error',
        message: 'Score timestamp can only be updated to a later point in time',
      },
    },
  },
  /** No claim of a launch names the product. */
  launch: {
    ...launchDefaults,
    historyVariables: [],
    loginMethod: 'GET',
    idTokenLifeSeconds: 300,
    rolesBeside: {
      learner: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student'],
      other: [],
    },
    deepLinking: {
      returnPath: '/api/lti_consumer/v1/lti/{contextId}/lti-dl/response',
      settings: {
        accept_types: ['ltiResourceLink', 'link', 'html', 'image'],
        accept_presentation_document_targets: ['iframe', 'window', 'embed'],
        accept_multiple: true,
        accept_lineitem: false,
        auto_create: true,
      },
    },
  },
};
