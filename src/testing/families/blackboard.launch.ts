import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

const institutionRole = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';

/** Blackboard Learn, from the samples in its docs. */
export const blackboardLaunch: LaunchQuirks = {
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
};
