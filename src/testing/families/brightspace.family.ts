import { type PlatformFamily } from './family.js';
import { coupledLineItemKept, gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { membershipDefaults } from './membership-defaults.js';
import { type WindowQuirks } from './paging-quirks.js';
import { tokenDefaults } from './token-defaults.js';

const paging: WindowQuirks = { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' };

/**
 * Brightspace, from its docs: the audience of assertions is not the token URL. What the docs leave open is as the
 * specifications have it.
 */
export const brightspace: PlatformFamily = {
  name: 'brightspace',
  paths: {
    authorization: '/d2l/lti/authenticate',
    token: '/core/connect/token',
    jwks: '/d2l/.well-known/jwks',
    memberships: '/d2l/api/lti/nrps/2.0/deployment/1/orgunit/{context}/memberships',
    lineItems: '/d2l/api/lti/ags/2.0/deployment/1/orgunit/{context}/lineitems',
    tokenAudience: '/auth/token',
  },
  notices: { path: '/d2l/api/lti/pns/1.0/handlers', types: ['LtiContextCopyNotice'] },
  token: tokenDefaults,
  memberships: {
    ...membershipDefaults,
    paging: { ...paging, nextKeepsRole: true },
    filtersByResourceLink: false,
    sections: 'sections',
  },
  /** A score for a user who is not enrolled is refused with 403. */
  gradebook: {
    ...gradebookDefaults,
    accept: 'any',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 200, body: 'none' },
    },
    results: {
      ...gradebookDefaults.results,
      paging,
    },
    refusals: {
      ...gradebookRefusals,
      ...coupledLineItemKept,
      unknown_user: { status: 403, body: 'oauth', message: 'User {user} is not enrolled.' },
    },
  },
  launch: {
    ...launchDefaults,
    toolPlatform: toolPlatform('desire2learn', '20.25.1'),
    rolesBeside: {
      learner: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student'],
      other: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor'],
    },
    extraClaims: {
      'http://www.brightspace.com': {
        org_defined_id: '{sourcedId}',
        username: '{username}',
        user_id: '{userId}',
      },
    },
    presentation: { returnPath: '/d2l/lp/navbars/{contextId}/launch_return' },
    deepLinking: {
      returnPath: '/d2l/le/lti/{contextId}/deeplinking',
      settings: {
        accept_types: ['ltiResourceLink', 'link', 'html', 'image', 'file'],
        accept_presentation_document_targets: ['iframe', 'window', 'embed'],
        accept_multiple: true,
        accept_lineitem: true,
        auto_create: true,
        data: '{launchId}',
      },
    },
  },
};
