import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults, toolPlatform } from './launch-defaults.js';

const institutionRole = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';
const systemUser = 'http://purl.imsglobal.org/vocab/lis/v2/system/person#User';

/** Canvas, from its source and docs. */
export const canvasLaunch: LaunchQuirks = {
  ...launchDefaults,
  deploymentParameter: 'deployment_id',
  messageHint: 'jwt',
  singleUseHint: true,
  storageTarget: 'post_message_forwarding',
  toolPlatform: toolPlatform('canvas', 'cloud'),
  rolesBeside: {
    learner: [`${institutionRole}#Student`, systemUser],
    other: [`${institutionRole}#Instructor`, systemUser],
  },
  extraClaims: {
    'https://www.instructure.com/placement': null,
    'https://purl.imsglobal.org/spec/lti/claim/lti11_legacy_user_id': '{lti11UserId}',
    errors: { errors: {} },
    locale: 'en',
    picture: '{picture}',
  },
  presentation: {
    returnPath: '/courses/{contextId}/external_content/success/external_tool_redirect',
    width: 800,
    height: 400,
  },
  deepLinking: {
    returnPath: '/courses/{contextId}/deep_linking_response',
    settings: {
      accept_types: ['link', 'file', 'html', 'ltiResourceLink', 'image'],
      accept_presentation_document_targets: ['embed', 'iframe', 'window'],
      accept_media_types: 'image/*,text/html,application/vnd.ims.lti.v1.ltilink,*/*',
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: false,
    },
  },
  lti11Ids: 'prefixed',
};
