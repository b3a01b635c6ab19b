import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { genericGradebook } from './generic.gradebook.js';
import { genericLaunch } from './generic.launch.js';
import { oauthTokenRefusals } from './oauth-refusals.js';
import { bearerRefusals } from './service-refusals.js';

/** A platform that follows the specifications to the letter, options included, and insists on them. */
export const generic: PlatformFamily = {
  name: 'generic',
  paths: {
    authorization: '/lti/authorize',
    token: '/lti/token',
    jwks: '/lti/jwks.json',
    memberships: '/lti/courses/{context}/memberships',
    lineItems: '/lti/courses/{context}/lineitems',
  },
  token: {
    contentType: 'application/json; charset=utf-8',
    layout: 'json',
    tokenType: 'Bearer',
    tokenFormat: 'base64url',
    unknownScopes: 'dropped',
    iatLeewaySeconds: 0,
    longestAssertionSeconds: 3600,
    refetchesKeysWithoutAlg: false,
    refusals: oauthTokenRefusals,
  },
  memberships: {
    contentType: `${membershipMediaType}; charset=utf-8`,
    accept: 'named',
    paging: {
      style: 'cursor',
      defaultLimit: 100,
      largestLimit: 1000,
      nextKeepsRole: true,
      badLimit: 'refused',
    },
    filtersByRole: true,
    filtersByResourceLink: true,
    roleNames: 'uri',
    statuses: 'all',
    fields: [
      'status',
      'user_id',
      'lis_person_sourcedid',
      'name',
      'given_name',
      'family_name',
      'email',
      'picture',
    ],
    emptyFields: [],
    sections: 'sections',
    emptyPage: 'container',
    jsonEscapes: 'none',
    offersDifferences: true,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: bearerRefusals,
  },
  gradebook: genericGradebook,
  launch: genericLaunch,
};
