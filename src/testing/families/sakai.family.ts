import { type PlatformFamily } from './family.js';
import { oauthTokenRefusals, withStatus } from './oauth-refusals.js';
import { sakaiGradebook } from './sakai.gradebook.js';
import { sakaiLaunch } from './sakai.launch.js';
import { bearerRefusals, inTheWordsOf } from './service-refusals.js';

const badToken = (message: string) => ({ status: 403, body: 'error', message }) as const;

/** Sakai, from its source. */
export const sakai: PlatformFamily = {
  name: 'sakai',
  paths: {
    authorization: '/imsoidc/lti13/oidc_auth',
    // Each tool has a token URL of its own there.
    token: '/imsblis/lti13/token/1',
    jwks: '/imsblis/lti13/keyset',
    memberships: '/imsblis/lti13/namesandroles/{context}',
    lineItems: '/imsblis/lti13/lineitems/{context}',
  },
  token: {
    contentType: 'application/json; charset=utf-8',
    layout: 'json',
    tokenType: 'Bearer',
    tokenFormat: 'base64url',
    unknownScopes: 'refused',
    iatLeewaySeconds: 60,
    refetchesKeysWithoutAlg: false,
    refusals: withStatus(400, oauthTokenRefusals),
  },
  memberships: {
    contentType: 'application/json; charset=utf-8',
    accept: 'any',
    paging: { style: 'start', nextKeepsRole: false, badLimit: 'ignored' },
    filtersByRole: false,
    filtersByResourceLink: false,
    roleNames: 'uri',
    statuses: 'active-only',
    fields: ['status', 'user_id', 'lis_person_sourcedid', 'name', 'given_name', 'family_name', 'email'],
    emptyFields: [],
    sections: 'sakai_ext',
    emptyPage: 'empty-body',
    jsonEscapes: 'none',
    offersDifferences: false,
    linkStyle: { rel: 'quoted', ampersand: 'plain' },
    refusals: {
      ...inTheWordsOf('error', bearerRefusals),
      missing_bearer: badToken('invalid_authorization'),
      unknown_token: badToken('signature_error'),
      expired_token: badToken('signature_error'),
      tool_withdrawn: badToken('signature_error'),
      insufficient_scope: { status: 400, body: 'error', message: 'Scope roster not in access token' },
      unknown_course: { status: 400, body: 'error', message: 'Could not load site associated with content' },
    },
  },
  gradebook: sakaiGradebook,
  launch: sakaiLaunch,
};
