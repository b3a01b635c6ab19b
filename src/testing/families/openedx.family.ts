import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { oauthTokenRefusals, withStatus } from './oauth-refusals.js';
import { openedxGradebook } from './openedx.gradebook.js';
import { openedxLaunch } from './openedx.launch.js';
import { bearerRefusals } from './service-refusals.js';

const invalidGrant = { status: 400, error: 'invalid_grant' } as const;
const invalidRequest = { status: 400, error: 'invalid_request' } as const;

/** Open edX, from its source. */
export const openedx: PlatformFamily = {
  name: 'openedx',
  paths: {
    authorization: '/api/lti_consumer/v1/launch/',
    // Each usage of a tool has a token URL of its own there.
    token: '/api/lti_consumer/v1/token/1',
    jwks: '/api/lti_consumer/v1/public_keysets/1',
    memberships: '/api/lti_consumer/v1/lti/{context}/memberships',
    lineItems: '/api/lti_consumer/v1/lti/{context}/lti-ags',
  },
  token: {
    contentType: 'application/json',
    layout: 'json',
    tokenType: 'bearer',
    tokenFormat: 'base64url',
    unknownScopes: 'dropped',
    iatLeewaySeconds: 60,
    refetchesKeysWithoutAlg: false,
    refusals: {
      ...withStatus(400, oauthTokenRefusals),
      malformed_assertion: invalidGrant,
      expired_assertion: invalidGrant,
      missing_claim: invalidRequest,
      missing_parameter: invalidRequest,
    },
  },
  memberships: {
    contentType: membershipMediaType,
    accept: 'any',
    paging: { style: 'none', nextKeepsRole: false, badLimit: 'ignored' },
    filtersByRole: false,
    filtersByResourceLink: false,
    roleNames: 'uri',
    statuses: 'omitted',
    fields: ['user_id', 'name', 'email'],
    emptyFields: [],
    sections: 'none',
    emptyPage: 'container',
    jsonEscapes: 'none',
    largestRoster: 1000,
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
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
  gradebook: openedxGradebook,
  launch: openedxLaunch,
};
