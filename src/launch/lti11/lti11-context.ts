import { type LaunchContext, type Lti11LaunchContext } from '../context/launch-context.schema.js';
import { listOf, lti11DeepLinkingOf } from './lti11-deep-linking.js';
import { type Lti11Parameters } from './lti11-parameters.js';
import { parseLti11Roles } from './lti11-roles.js';
import { lti11Errors } from './lti11.errors.js';

/** The most characters of descriptions and lists. */
const MAX_LONG = 65_536;

const messageTypes: ReadonlyMap<string, string> = new Map([
  ['basic-lti-launch-request', 'LtiResourceLinkRequest'],
  ['ContentItemSelectionRequest', 'LtiDeepLinkingRequest'],
]);
/** LTI 1.0, 1.1 and 1.2 all specify LTI-1p0, but some platforms send another one. */
const versions: ReadonlySet<string> = new Set(['LTI-1p0', 'LTI-1p1', 'LTI-1p2']);

/** LTI 1.1.1 A.1, CORE A.1 */
const CONTEXT_TYPE =
  /^(?:urn:lti:context-type:ims\/lis\/)?(CourseTemplate|CourseOffering|CourseSection|Group)$/;

/**
 * The parameters of a launch by LTI 1.1 in the terms of LTI 1.3. The caller checks the signature; `isVerified` is true here already.
 *
 * @param launchUrl without its query
 * @throws {LaunchRefused} `lti11_parameter_missing`, `lti11_parameter_duplicated`, `lti11_parameter_invalid`,
 *   `lti11_version_unsupported`, `lti11_message_type_unsupported`
 */
export function lti11ContextOf(parameters: Lti11Parameters, launchUrl: string): Lti11LaunchContext {
  const messageType = messageTypes.get(parameters.required('lti_message_type'));
  if (!versions.has(parameters.required('lti_version'))) throw lti11Errors.versionUnsupported();
  if (messageType === undefined) throw lti11Errors.messageTypeUnsupported();
  const isDeepLinking = messageType === 'LtiDeepLinkingRequest';
  const user = userOf(parameters);
  const context = contextOf(parameters);
  const resourceLink = isDeepLinking ? undefined : resourceLinkOf(parameters);
  return compact({
    version: '1.1',
    messageType,
    targetLinkUri: `${launchUrl}${parameters.search()}`,
    user,
    roles: parseLti11Roles(parameters.optional('roles', MAX_LONG) ?? ''),
    roleScopeMentor: listOf(parameters.optional('role_scope_mentor', MAX_LONG)).map(decoded),
    context,
    resourceLink,
    custom: parameters.custom(),
    deepLinking: isDeepLinking ? compact(lti11DeepLinkingOf(parameters)) : undefined,
    lis: filled({
      personSourcedId: parameters.optional('lis_person_sourcedid'),
      courseOfferingSourcedId: parameters.optional('lis_course_offering_sourcedid'),
      courseSectionSourcedId: parameters.optional('lis_course_section_sourcedid'),
    }),
    basicOutcome: filled({
      sourcedId: parameters.optional('lis_result_sourcedid'),
      serviceUrl: parameters.optional('lis_outcome_service_url'),
    }),
    presentation: presentationOf(parameters),
    platform: platformOf(parameters),
    lti11: compact({
      consumerKey: parameters.required('oauth_consumer_key'),
      userId: user?.id,
      contextId: context?.id,
      resourceLinkId: resourceLink?.id,
      isVerified: true,
    }),
    payload: parameters.payload(),
  });
}

function userOf(parameters: Lti11Parameters): LaunchContext['user'] {
  const id = parameters.id('user_id');
  if (id === undefined) return undefined;
  return compact({
    id,
    name: parameters.optional('lis_person_name_full'),
    givenName: parameters.optional('lis_person_name_given'),
    familyName: parameters.optional('lis_person_name_family'),
    email: parameters.optional('lis_person_contact_email_primary'),
    picture: parameters.optional('user_image'),
  });
}

function contextOf(parameters: Lti11Parameters): LaunchContext['context'] {
  const id = parameters.id('context_id');
  if (id === undefined) return undefined;
  return compact({
    id,
    label: parameters.optional('context_label'),
    title: parameters.optional('context_title'),
    types: listOf(parameters.optional('context_type')).map((type) => {
      const [, name] = CONTEXT_TYPE.exec(type) ?? [];
      return name === undefined ? type : `http://purl.imsglobal.org/vocab/lis/v2/course#${name}`;
    }),
  });
}

function resourceLinkOf(parameters: Lti11Parameters): NonNullable<LaunchContext['resourceLink']> {
  return compact({
    id: parameters.required('resource_link_id'),
    title: parameters.optional('resource_link_title'),
    description: parameters.optional('resource_link_description', MAX_LONG),
  });
}

function presentationOf(parameters: Lti11Parameters): LaunchContext['presentation'] {
  return filled({
    documentTarget: parameters.optional('launch_presentation_document_target'),
    width: numberOf(parameters.optional('launch_presentation_width')),
    height: numberOf(parameters.optional('launch_presentation_height')),
    returnUrl: parameters.optional('launch_presentation_return_url'),
    locale: parameters.optional('launch_presentation_locale'),
  });
}

function platformOf(parameters: Lti11Parameters): LaunchContext['platform'] {
  return filled({
    guid: parameters.optional('tool_consumer_instance_guid'),
    name: parameters.optional('tool_consumer_instance_name'),
    description: parameters.optional('tool_consumer_instance_description'),
    productFamilyCode: parameters.optional('tool_consumer_info_product_family_code'),
    version: parameters.optional('tool_consumer_info_version'),
    contactEmail: parameters.optional('tool_consumer_instance_contact_email'),
    url: parameters.optional('tool_consumer_instance_url'),
  });
}

/** Sizes are hints: a size that is not a number is left out. */
function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** LTI 1.1.1 3: ids with commas are encoded as in a URL. */
function decoded(id: string): string {
  try {
    const text = decodeURIComponent(id);
    return text.includes('\0') ? id : text;
  } catch {
    return id;
  }
}

/** Leaves out undefined members, as JSON does. */
function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function filled<T extends object>(object: T): T | undefined {
  const rest = compact(object);
  return Object.keys(rest).length === 0 ? undefined : rest;
}
