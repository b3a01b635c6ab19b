import { claimNames } from '../launch/claim-names.js';
import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

/** Sakai, from its source. */
export const sakaiLaunch: LaunchQuirks = {
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
  },
};
