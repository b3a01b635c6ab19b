import { claimNames } from '../launch/claim-names.js';
import { type LaunchQuirks } from './launch-quirks.js';
import { launchDefaults } from './launch-defaults.js';

/** Moodle 4.5.6, as recorded. */
export const moodleLaunch: LaunchQuirks = {
  ...launchDefaults,
  messageHint: 'json',
  singleUseHint: true,
  idTokenLifeSeconds: 60,
  hasAzp: false,
  toolPlatform: {
    product_family_code: 'moodle',
    version: '2024100706',
    guid: '31a47228ad5cc37af6ce034178220752',
    name: 'tm',
    description: 'Test Moodle',
  },
  contextType: 'CourseSection',
  nrpsVersions: ['1.0', '2.0'],
  custom: {
    course: '{contextId}',
    rlid: '{resourceLinkId}',
    uname: '{username}',
    context_memberships_url: '{membershipsUrl}',
    system_setting_url: '{url}/mod/lti/services.php/tool/1/custom',
    context_setting_url: '{url}/mod/lti/services.php/CourseSection/{contextId}/bindings/tool/1/custom',
    // Its own placeholder, which it forgets to fill in.
    link_setting_url: '{url}/mod/lti/services.php/links/{link_id}/custom',
  },
  extraClaims: { [claimNames.ext]: { user_username: '{username}', lms: 'moodle-2' } },
  linkClaims: {
    [claimNames.basicOutcome]: {
      lis_result_sourcedid:
        '{"data":{"instanceid":"{resourceLinkId}","userid":"{userId}","typeid":"1","launchid":2052957759},"hash":"dc838e26"}',
      lis_outcome_service_url: '{url}/mod/lti/service.php',
    },
  },
  presentation: { returnPath: '/mod/lti/return.php?course={contextId}&launch_container=4&instanceid=1' },
  deepLinking: {
    returnPath: '/mod/lti/contentitem_return.php?course={contextId}&id=1',
    settings: {
      accept_types: ['ltiResourceLink'],
      accept_presentation_document_targets: ['frame', 'iframe', 'window'],
      accept_copy_advice: false,
      accept_multiple: true,
      accept_unsigned: false,
      auto_create: false,
      can_confirm: false,
      title: 'My title',
      text: 'My text',
    },
  },
};
