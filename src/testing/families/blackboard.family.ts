import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { blackboardGradebook } from './blackboard.gradebook.js';
import { blackboardLaunch } from './blackboard.launch.js';
import { oauthTokenRefusals } from './oauth-refusals.js';
import { bearerRefusals } from './service-refusals.js';

/**
 * Blackboard Learn, from its docs: one issuer for all customers, ids of 32 hexadecimal digits, pages of 1,000 members. After
 * more than one page it does not end (its known issue 000078208): the last page has the next link that led to it, and a full
 * one leads to an empty one. What its docs leave open is taken to be as the specifications have it.
 */
export const blackboard: PlatformFamily = {
  name: 'blackboard',
  issuer: 'https://blackboard.com',
  userIds: 'hex',
  paths: {
    // These are on a host of their own there.
    authorization: '/developer/api/v1/gateway/oidcauth',
    token: '/developer/api/v1/gateway/oauth2/jwttoken',
    jwks: '/developer/api/v1/management/applications/1/jwks.json',
    memberships: '/learn/api/v1/lti/external/namesandroles/{context}',
    lineItems: '/learn/api/v1/lti/courses/{context}/lineItems',
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
      defaultLimit: 1000,
      largestLimit: 1000,
      nextKeepsRole: true,
      isEndless: true,
      badLimit: 'ignored',
    },
    filtersByRole: true,
    filtersByResourceLink: true,
    roleNames: 'uri',
    statuses: 'all',
    fields: ['status', 'name', 'given_name', 'family_name', 'email', 'user_id', 'lis_person_sourcedid'],
    emptyFields: [],
    sections: 'none',
    emptyPage: 'container',
    jsonEscapes: 'none',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: bearerRefusals,
  },
  gradebook: blackboardGradebook,
  launch: blackboardLaunch,
};
