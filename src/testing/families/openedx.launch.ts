import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults } from './launch-defaults.js';

/** Open edX, from its source: nothing in a launch tells what product it is. */
export const openedxLaunch: LaunchQuirks = {
  ...launchDefaults,
  loginMethod: 'GET',
  idTokenLifeSeconds: 300,
  rolesBeside: { learner: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student'], other: [] },
  deepLinking: {
    returnPath: '/api/lti_consumer/v1/lti/{contextId}/lti-dl/response',
    settings: {
      accept_types: ['ltiResourceLink', 'link', 'html', 'image'],
      accept_presentation_document_targets: ['iframe', 'window', 'embed'],
      accept_multiple: true,
      accept_lineitem: false,
      auto_create: true,
    },
  },
};
