import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { bearerRefusals, inTheWordsOf, membershipDefaults } from './membership-defaults.js';
import { oauthTokenRefusals, tokenDefaults, withStatus } from './token-defaults.js';
import { claimNames } from '../launch/claim-names.js';
import { type WindowQuirks } from './paging-quirks.js';

const badToken = (message: string) => ({ status: 403, body: 'error', message }) as const;
const paging: WindowQuirks = { style: 'none', badLimit: 'ignored' };
const badRequest = (message: string) => ({ status: 400, body: 'error', message }) as const;

/** Sakai, from its source. */
export const sakai: PlatformFamily = {
  name: 'sakai',
  paths: {
    authorization: '/imsoidc/lti13/oidc_auth',
    // At Sakai each tool has its own token URL.
    token: '/imsblis/lti13/token/1',
    jwks: '/imsblis/lti13/keyset',
    memberships: '/imsblis/lti13/namesandroles/{context}',
    lineItems: '/imsblis/lti13/lineitems/{context}',
  },
  token: {
    ...tokenDefaults,
    unknownScopes: 'refused',
    refusals: withStatus(400, oauthTokenRefusals),
  },
  memberships: {
    ...membershipDefaults,
    contentType: 'application/json; charset=utf-8',
    paging: { style: 'start', nextKeepsRole: false, badLimit: 'ignored' },
    filtersByRole: false,
    filtersByResourceLink: false,
    statuses: 'active-only',
    sections: 'sakai_ext',
    emptyPage: 'empty-body',
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
  /** There are no sets. */
  groups: { paths: { groups: '/imsblis/lti13/groupservice/{context}' }, accept: 'named', paging },
  /**
   * Lists are not paged and timestamps are not checked. Creating and deleting both answer 200. The results list every member.
   * The result of one user has its own path, and the body is empty for an unknown user.
   */
  gradebook: {
    ...gradebookDefaults,
    accept: 'any',
    contentType: 'any',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      createdStatus: 200,
      deletedStatus: 200,
      fields: [
        'scoreMaximum',
        'label',
        'resourceId',
        'tag',
        'resourceLinkId',
        'startDateTime',
        'endDateTime',
      ],
      extensions: [],
      filters: { lti_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 200, body: 'none' },
      timestamps: { precision: 'millisecond', refused: 'none' },
      countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    },
    results: {
      ...gradebookDefaults.results,
      paging,
      filtersByUser: false,
      lists: 'members',
    },
    emptyPage: 'empty-body',
    refusals: {
      ...inTheWordsOf('error', gradebookRefusals),
      wrong_method: badRequest('Unrecognized request'),
      missing_bearer: badToken('invalid_authorization'),
      unknown_token: badToken('signature_error'),
      expired_token: badToken('signature_error'),
      tool_withdrawn: badToken('signature_error'),
      insufficient_scope: badRequest('Scope not in access token'),
      unknown_course: badRequest('Could not load site associated with content'),
      unknown_line_item: { status: 404, body: 'error', message: 'Could not load column' },
      coupled_line_item: badRequest('Could not delete line item {item}'),
      unknown_user: badRequest('User does not belong to site'),
    },
  },
  launch: {
    ...launchDefaults,
    loginMethod: 'GET',
    messageHint: 'jwt',
    storageTarget: '_parent',
    hasAzp: false,
    toolPlatform: toolPlatform('sakai', '23.0'),
    custom: { sakai_site: '{contextId}' },
    extraClaims: { [claimNames.ext]: { sakai_role: 'access', user_username: '{username}' } },
    presentation: { returnPath: '/imsoidc/lti13/return-url/site/{contextId}' },
    deepLinking: {
      returnPath: '/access/basiclti/site/{contextId}/deep_link',
      settings: {
        accept_types: ['ltiResourceLink', 'link'],
        accept_presentation_document_targets: ['iframe', 'window'],
        accept_media_types: 'application/vnd.ims.lti.v1.ltilink',
        accept_multiple: true,
        accept_lineitem: true,
        auto_create: true,
        data: '{launchId}',
      },
      // Lessons, until the release of August 2026.
      withoutResourceLink: 'unusable-link',
    },
  },
};
