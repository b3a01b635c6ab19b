import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

/** By the specification, with everything that it leaves open. */
export const genericLaunch: LaunchQuirks = {
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
};
