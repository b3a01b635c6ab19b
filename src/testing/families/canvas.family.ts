import { type PlatformFamily } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { canvasGradebook } from './canvas.gradebook.js';
import { canvasLaunch } from './canvas.launch.js';
import { oauthTokenRefusals, withStatus } from './oauth-refusals.js';
import { bearerRefusals, inTheWordsOf } from './service-refusals.js';

const unauthorized = { status: 401, body: 'canvas' } as const;
const invalidAssertion = { status: 400, error: 'invalid_request', described: true } as const;

/** Canvas, from its source and docs. One issuer for all hosted customers, whatever the host. */
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
  throttling: {
    highWater: 700,
    maximum: 800,
    leakPerSecond: 10,
    inFlightCost: 50,
    requestCost: 1,
    tokenCost: 200,
  },
  token: {
    contentType: 'application/json; charset=utf-8',
    layout: 'json',
    tokenType: 'Bearer',
    tokenFormat: 'base64url',
    unknownScopes: 'refused',
    iatLeewaySeconds: 30,
    oldestIatSeconds: 300,
    refetchesKeysWithoutAlg: false,
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
    contentType: `${membershipMediaType}; charset=utf-8`,
    accept: 'any',
    paging: { style: 'page', defaultLimit: 50, largestLimit: 50, nextKeepsRole: true, badLimit: 'ignored' },
    filtersByRole: true,
    filtersByResourceLink: true,
    roleNames: 'uri',
    // Its docs: active members alone. Who is inactive or has completed just disappears.
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
    emptyFields: [],
    sections: 'none',
    emptyPage: 'container',
    jsonEscapes: 'none',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: {
      ...inTheWordsOf('canvas', bearerRefusals),
      // 401 also stands for too small a scope and for a tool that is not in the course.
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
  gradebook: canvasGradebook,
  launch: canvasLaunch,
};
