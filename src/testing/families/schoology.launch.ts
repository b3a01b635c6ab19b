import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

/** Schoology, from its docs: it stores for tools by postMessage, and takes two types of content items. */
export const schoologyLaunch: LaunchQuirks = {
  ...launchDefaults,
  loginMethod: 'GET',
  deploymentParameter: 'none',
  storageTarget: '_parent',
  customNames: 'lower-cased',
  toolPlatform: toolPlatform('schoology', '1.0'),
  presentation: { returnPath: '/course/{contextId}/materials' },
  deepLinking: {
    returnPath: '/lti-service/tool/1/deep-linking/{contextId}',
    settings: {
      accept_types: ['ltiResourceLink', 'link'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: false,
    },
  },
};
