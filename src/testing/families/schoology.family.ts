import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { bearerRefusals, inTheWordsOf, membershipDefaults } from './membership-defaults.js';
import { tokenDefaults } from './token-defaults.js';
import { type WindowQuirks } from './paging-quirks.js';

const paging: WindowQuirks = {
  style: 'page-from-0',
  defaultLimit: 100,
  largestLimit: 100,
  badLimit: 'ignored',
};

/**
 * Schoology, from its docs and from reports of tools: one issuer for all customers, at most 100 members a page whatever limit
 * is asked for, no roster of a resource link. What is not known is as the specifications have it.
 */
export const schoology: PlatformFamily = {
  name: 'schoology',
  issuer: 'https://schoology.schoology.com',
  paths: {
    authorization: '/lti-service/authorize-redirect',
    token: '/lti-service/access-token',
    jwks: '/lti-service/.well-known/jwks',
    memberships: '/lti-service/tool/1/services/names-roles/v2p0/membership/{context}',
    lineItems: '/lti-service/tool/1/services/assignment-grade/v2p0/sections/{context}/lineitems',
  },
  token: tokenDefaults,
  memberships: {
    ...membershipDefaults,
    accept: 'named',
    paging: {
      style: 'page-from-0',
      defaultLimit: 100,
      largestLimit: 100,
      nextKeepsRole: true,
      badLimit: 'ignored',
    },
    filtersByResourceLink: 'refused',
    refusals: {
      ...inTheWordsOf('error', bearerRefusals),
      not_acceptable: { status: 400, body: 'error', message: 'handleNamesRoles: Invalid Accept Header' },
      unknown_resource_link: {
        status: 400,
        body: 'error',
        message: 'Invalid parameter: "query.rlid" is not allowed',
      },
    },
  },
  /**
   * From reports of tools: a tool sees only its own columns, an id in a POST is refused, dates are not stored. A score becomes
   * a grade whatever its grading progress. The rest is as AGS has it.
   */
  gradebook: {
    ...gradebookDefaults,
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      fields: ['label', 'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId'],
      extensions: [],
      forbidden: { POST: ['id'] },
      hidesOthers: true,
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 201, body: 'none' },
      countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    },
    results: {
      ...gradebookDefaults.results,
      paging,
    },
    refusals: {
      ...inTheWordsOf('error', gradebookRefusals),
      bad_line_item: { status: 400, body: 'error', message: 'Invalid parameter {detail}' },
    },
  },
  /** From its docs: tools can store values by postMessage, and two types of content items are accepted. */
  launch: {
    ...launchDefaults,
    historyVariables: [],
    loginMethod: 'GET',
    deploymentParameter: 'none',
    storageTarget: '_parent',
    customNames: 'lower-cased',
    toolPlatform: toolPlatform('schoology', '1.0'),
    presentation: { returnPath: '/course/{contextId}/materials' },
    deepLinking: {
      returnPath: '/lti-service/tool/1/deep-linking/{contextId}',
      settings: {
        accept_types: ['ltiResourceLink', 'link'],
        accept_presentation_document_targets: ['iframe', 'window'],
        accept_multiple: true,
        accept_lineitem: true,
        auto_create: false,
      },
    },
  },
};
