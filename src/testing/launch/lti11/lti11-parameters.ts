import { lti11Id } from '../launch-values.js';
import { linkOf, memberOf } from '../launches.js';
import { pathOf, resourceLinkJson } from '../message-claims.js';
import { type PlatformState } from '../../platform/platform-state.js';
import { membershipRole } from '../../service-constants.js';
import { type SimulatedMember } from '../../memberships/simulated-member.schema.js';
import { type Lti11LaunchSettings } from './lti11-launch-input.schema.js';

type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * The parameters of a launch by LTI 1.1, without those of OAuth.
 * @throws {NotFound} `unknown_simulated_member`, `unknown_simulated_resource_link`.
 */
export function lti11Parameters(settings: Lti11LaunchSettings, platform: PlatformState): Parameters {
  const { contextId, userId, messageType } = settings;
  const course = platform.course(contextId);
  const { lti11Ids, toolPlatform, presentation } = platform.family.launch;
  const product = toolPlatform as Parameters | undefined;
  const isSelection = messageType === 'ContentItemSelectionRequest';
  return {
    lti_message_type: messageType,
    lti_version: 'LTI-1p0',
    context_id: lti11Id(contextId, lti11Ids),
    context_label: contextId,
    context_title: course.title,
    context_type: 'CourseSection',
    launch_presentation_locale: 'en',
    launch_presentation_document_target: 'iframe',
    launch_presentation_return_url: platform.url + pathOf(presentation.returnPath, contextId),
    tool_consumer_info_product_family_code: product?.product_family_code,
    tool_consumer_info_version: product?.version,
    tool_consumer_instance_guid: product?.guid,
    tool_consumer_instance_name: product?.name,
    ...userParameters(userId === undefined ? undefined : memberOf(course, userId), lti11Ids),
    ...(isSelection
      ? selectionParameters(contextId, platform)
      : linkParameters(resourceLinkJson(linkOf(course, settings.resourceLinkId), course), userId, platform)),
  };
}

function userParameters(member: SimulatedMember | undefined, ids: 'same' | 'prefixed'): Parameters {
  if (member === undefined) return {};
  return {
    user_id: lti11Id(member.userId, ids),
    // Short names, as usual in LTI 1.1.
    roles: member.roles.map((role) => role.replace(`${membershipRole}#`, '')).join(','),
    lis_person_name_full: member.name,
    lis_person_name_given: member.givenName,
    lis_person_name_family: member.familyName,
    lis_person_contact_email_primary: member.email,
    lis_person_sourcedid: member.sourcedId,
    ext_user_username: member.username,
  };
}

function linkParameters(
  { id, title, description }: ReturnType<typeof resourceLinkJson>,
  userId: string | undefined,
  { url, family }: PlatformState,
): Parameters {
  return {
    resource_link_id: lti11Id(id, family.launch.lti11Ids),
    resource_link_title: title,
    resource_link_description: description,
    lis_outcome_service_url: `${url}/outcomes`,
    lis_result_sourcedid: userId === undefined ? undefined : JSON.stringify({ link: id, user: userId }),
  };
}

function selectionParameters(contextId: string, { url, family }: PlatformState): Parameters {
  return {
    accept_media_types: 'application/vnd.ims.lti.v1.ltilink',
    accept_presentation_document_targets: 'frame,iframe,window',
    accept_multiple: 'true',
    content_item_return_url: url + pathOf(family.launch.deepLinking.returnPath, contextId),
  };
}
