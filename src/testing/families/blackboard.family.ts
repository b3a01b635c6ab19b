import { type PlatformFamily } from './family.js';
import { gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { membershipDefaults } from './membership-defaults.js';
import { tokenDefaults } from './token-defaults.js';
import { type WindowQuirks } from './paging-quirks.js';

const paging: WindowQuirks = { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' };
const institutionRole = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';

/**
 * Blackboard Learn, from its docs: one issuer for all customers, ids of 32 hexadecimal digits, pages of 1,000 members. A
 * roster of several pages has no end (its known issue 000078208): the last page has a next link to itself, and a full last
 * page links to an empty one. What the docs leave open is as the specifications have it.
 */
export const blackboard: PlatformFamily = {
  name: 'blackboard',
  issuer: 'https://blackboard.com',
  userIds: 'hex',
  paths: {
    // At Blackboard these three are on another host.
    authorization: '/developer/api/v1/gateway/oidcauth',
    token: '/developer/api/v1/gateway/oauth2/jwttoken',
    jwks: '/developer/api/v1/management/applications/1/jwks.json',
    memberships: '/learn/api/v1/lti/external/namesandroles/{context}',
    lineItems: '/learn/api/v1/lti/courses/{context}/lineItems',
  },
  token: tokenDefaults,
  memberships: {
    ...membershipDefaults,
    paging: {
      style: 'from',
      defaultLimit: 1000,
      largestLimit: 1000,
      nextKeepsRole: true,
      isEndless: true,
      badLimit: 'ignored',
    },
    fields: ['status', 'name', 'given_name', 'family_name', 'email', 'user_id', 'lis_person_sourcedid'],
  },
  groups: {
    paths: {
      groups: '/learn/api/v1/lti/courses/{context}/groups',
      groupSets: '/learn/api/v1/lti/courses/{context}/groupsets',
    },
    accept: 'named',
    paging,
  },
  /**
   * From its docs and from reports of tools: a tool sees only its own columns, an id in a PUT is refused, a column created by
   * POST has no resource link, and the results of one user come without the comment. The rest is as AGS has it.
   */
  gradebook: {
    ...gradebookDefaults,
    itemPath: '/_{item}_1',
    accept: 'any',
    contentType: 'any',
    lineItems: {
      ...gradebookDefaults.lineItems,
      paging,
      fields: [
        'scoreMaximum',
        'label',
        'resourceLinkId',
        'tag',
        'resourceId',
        'endDateTime',
        'gradesReleased',
      ],
      extensions: [],
      forbidden: { PUT: ['id'] },
      notSetByPost: ['resourceLinkId'],
      hidesOthers: true,
      put: 'merges',
    },
    scores: {
      ...gradebookDefaults.scores,
      success: { status: 200, body: 'none' },
    },
    results: {
      ...gradebookDefaults.results,
      paging,
      filtersByUser: 'without-comments',
      emptyComments: true,
      lists: 'graded',
      ids: 'own',
    },
    refusals: {
      ...gradebookRefusals,
      unknown_user: { status: 400, body: 'text', message: 'User could not be found: {user}' },
    },
  },
  /** From the samples in its docs. */
  launch: {
    ...launchDefaults,
    loginMethod: 'GET',
    hasAzp: false,
    toolPlatform: {
      ...toolPlatform('BlackboardLearn', '3900.93.0'),
      description: 'Simulated LMS',
      contact_email: 'lms@example.edu',
      url: '{url}/',
    },
    rolesBeside: { learner: [`${institutionRole}#Student`], other: [`${institutionRole}#Staff`] },
    custom: { contextHistory: '', resourceHistory: '$ResourceLink.id.history' },
    extraClaims: {
      locale: 'en-US',
      'https://blackboard.com/lti/claim/one_time_session_token': '{launchId}',
      'https://blackboard.com/webapps/foundations-connector/foundations-ids': {
        'site-id': 'simulated',
        'tenant-id': 'simulated',
      },
    },
    presentation: {
      returnPath: '/webapps/blackboard/execute/blti/launchReturn?course_id={contextId}&toGC=false',
    },
    deepLinking: {
      returnPath: '/webapps/blackboard/controller/lti/v2?course_id={contextId}',
      settings: {
        accept_types: ['ltiResourceLink', 'link', 'file', 'html', 'image'],
        accept_media_types: 'text/html',
        accept_presentation_document_targets: ['embed', 'frame', 'iframe', 'window', 'popup'],
        accept_multiple: true,
        accept_lineitem: true,
        auto_create: false,
        data: '{launchId}',
      },
    },
  },
};
