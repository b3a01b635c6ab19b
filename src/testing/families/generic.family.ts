import { type PlatformFamily } from './family.js';
import { coupledLineItemKept, gradebookDefaults, gradebookRefusals } from './gradebook-defaults.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';
import { membershipDefaults } from './membership-defaults.js';
import { tokenDefaults } from './token-defaults.js';

/** A platform that implements the specifications exactly, with their options, and refuses what breaks them. */
export const generic: PlatformFamily = {
  name: 'generic',
  paths: {
    authorization: '/lti/authorize',
    token: '/lti/token',
    jwks: '/lti/jwks.json',
    memberships: '/lti/courses/{context}/memberships',
    lineItems: '/lti/courses/{context}/lineitems',
  },
  notices: {
    path: '/lti/notice-handlers',
    types: ['LtiHelloWorldNotice', 'LtiAssetProcessorSubmissionNotice', 'LtiContextCopyNotice'],
    retries: 2,
  },
  token: {
    ...tokenDefaults,
    iatLeewaySeconds: 0,
    longestAssertionSeconds: 3600,
  },
  memberships: {
    ...membershipDefaults,
    accept: 'named',
    paging: {
      style: 'cursor',
      defaultLimit: 100,
      largestLimit: 1000,
      nextKeepsRole: true,
      badLimit: 'refused',
    },
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
    sections: 'sections',
    offersDifferences: true,
  },
  groups: {
    paths: {
      groups: '/lti/courses/{context}/groups',
      groupSets: '/lti/courses/{context}/groupsets',
    },
    accept: 'named',
    paging: { style: 'cursor', defaultLimit: 100, largestLimit: 1000, badLimit: 'refused' },
  },
  gradebook: {
    ...gradebookDefaults,
    lineItems: {
      ...gradebookDefaults.lineItems,
      fields: [...gradebookDefaults.lineItems.fields, 'submissionReview'],
    },
    refusals: { ...gradebookRefusals, ...coupledLineItemKept },
  },
  /** A launch with every optional claim. */
  launch: {
    ...launchDefaults,
    loginMethod: 'GET',
    storageTarget: '_parent',
    audience: 'list',
    idTokenLifeSeconds: 300,
    toolPlatform: {
      ...toolPlatform('simulated-lms', '1.0'),
      description: 'A test double',
      contact_email: 'lms@example.edu',
      url: '{url}',
    },
    deepLinking: {
      returnPath: '/lti/deep-links/{contextId}',
      settings: {
        accept_types: ['link', 'ltiResourceLink', 'file', 'html', 'image'],
        accept_media_types: 'image/*,text/html',
        accept_presentation_document_targets: ['iframe', 'window', 'embed'],
        accept_multiple: true,
        accept_lineitem: true,
        auto_create: false,
        title: 'A new link',
        text: 'Choose what to put into the course.',
        data: 'csrf-{launchId}',
      },
    },
  },
};
