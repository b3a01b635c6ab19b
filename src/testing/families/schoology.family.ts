import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { oauthTokenRefusals } from './oauth-refusals.js';
import { schoologyGradebook } from './schoology.gradebook.js';
import { schoologyLaunch } from './schoology.launch.js';
import { bearerRefusals, inTheWordsOf } from './service-refusals.js';

/**
 * Schoology, from its docs and from what tools have reported: one issuer for all customers, at most 100 members a page
 * whatever is asked, no roster of a resource link. What is not known is taken to be as the specifications have it.
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
  token: {
    contentType: 'application/json; charset=utf-8',
    layout: 'json',
    tokenType: 'Bearer',
    tokenFormat: 'base64url',
    unknownScopes: 'dropped',
    iatLeewaySeconds: 60,
    refetchesKeysWithoutAlg: false,
    refusals: oauthTokenRefusals,
  },
  memberships: {
    contentType: `${membershipMediaType}; charset=utf-8`,
    accept: 'named',
    paging: {
      style: 'page-from-0',
      defaultLimit: 100,
      largestLimit: 100,
      nextKeepsRole: true,
      badLimit: 'ignored',
    },
    filtersByRole: true,
    filtersByResourceLink: 'refused',
    roleNames: 'uri',
    statuses: 'all',
    fields: ['status', 'user_id', 'lis_person_sourcedid', 'name', 'given_name', 'family_name', 'email'],
    emptyFields: [],
    sections: 'none',
    emptyPage: 'container',
    jsonEscapes: 'none',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
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
  gradebook: schoologyGradebook,
  launch: schoologyLaunch,
};
