import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

/** Brightspace, from its docs. */
export const brightspaceLaunch: LaunchQuirks = {
  ...launchDefaults,
  toolPlatform: toolPlatform('desire2learn', '20.25.1'),
  rolesBeside: {
    learner: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student'],
    other: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor'],
  },
  extraClaims: {
    'http://www.brightspace.com': {
      org_defined_id: '{sourcedId}',
      username: '{username}',
      user_id: '{userId}',
    },
  },
  presentation: { returnPath: '/d2l/lp/navbars/{contextId}/launch_return' },
  deepLinking: {
    returnPath: '/d2l/le/lti/{contextId}/deeplinking',
    settings: {
      accept_types: ['ltiResourceLink', 'link', 'html', 'image', 'file'],
      accept_presentation_document_targets: ['iframe', 'window', 'embed'],
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: true,
      data: '{launchId}',
    },
  },
};
