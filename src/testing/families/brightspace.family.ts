import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { brightspaceGradebook } from './brightspace.gradebook.js';
import { brightspaceLaunch } from './brightspace.launch.js';
import { oauthTokenRefusals } from './oauth-refusals.js';
import { bearerRefusals } from './service-refusals.js';

/** Brightspace, from its docs: the audience of assertions is not the token URL. */
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
    accept: 'any',
    paging: {
      style: 'from',
      defaultLimit: 100,
      largestLimit: 1000,
      nextKeepsRole: true,
      badLimit: 'ignored',
    },
    filtersByRole: true,
    filtersByResourceLink: false,
    roleNames: 'uri',
    statuses: 'all',
    fields: ['status', 'user_id', 'lis_person_sourcedid', 'name', 'given_name', 'family_name', 'email'],
    emptyFields: [],
    sections: 'sections',
    emptyPage: 'container',
    jsonEscapes: 'none',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: bearerRefusals,
  },
  gradebook: brightspaceGradebook,
  launch: brightspaceLaunch,
};
