import { problemOf } from '../../../test/support/problem-of.js';
import { launchContextSchema } from '../context/launch-context.schema.js';
import { lti11ContextOf } from './lti11-context.js';
import { Lti11Parameters } from './lti11-parameters.js';

const LAUNCH_URL = 'https://tool.example.edu/lti/1.1/launch';
const least = {
  lti_message_type: 'basic-lti-launch-request',
  lti_version: 'LTI-1p0',
  resource_link_id: 'rl-1',
  oauth_consumer_key: 'key',
};
const selection = {
  ...least,
  lti_message_type: 'ContentItemSelectionRequest',
  content_item_return_url: 'https://lms.example.edu/return',
  accept_media_types: 'application/vnd.ims.lti.v1.ltilink',
  accept_presentation_document_targets: 'frame,window',
};

const contextOf = (form: Record<string, string | undefined>, query: Record<string, string> = {}) => {
  const given = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return lti11ContextOf(new Lti11Parameters(given, Object.entries(query)), LAUNCH_URL);
};

describe('the context of a launch by LTI 1.1', () => {
  it('reads a launch with only the required parameters', () => {
    const context = contextOf(least);
    expect(context).toEqual({
      version: '1.1',
      messageType: 'LtiResourceLinkRequest',
      targetLinkUri: LAUNCH_URL,
      roles: [],
      roleScopeMentor: [],
      resourceLink: { id: 'rl-1' },
      custom: {},
      lti11: { consumerKey: 'key', resourceLinkId: 'rl-1', isVerified: true },
      payload: least,
    });
    expect(launchContextSchema.parse(context)).toEqual(context);
  });

  it('has all that the platform tells', () => {
    const context = contextOf(
      {
        ...least,
        user_id: 'u-1',
        lis_person_name_full: 'Ada Lovelace',
        lis_person_name_given: 'Ada',
        lis_person_name_family: 'Lovelace',
        lis_person_contact_email_primary: 'ada@example.edu',
        user_image: 'https://lms.example.edu/ada.png',
        roles: 'Instructor,urn:lti:instrole:ims/lis/Faculty',
        role_scope_mentor: 'u-2,u%2C3,100%,%00',
        context_id: 'c-1',
        context_label: 'M1',
        context_title: 'Maths',
        context_type: 'CourseSection,urn:lti:context-type:ims/lis/Group,Club',
        resource_link_title: 'Test',
        resource_link_description: 'x'.repeat(20_000),
        custom_chapter: '3',
        ext_user_username: 'ada',
        lis_person_sourcedid: 'school:ada',
        lis_course_offering_sourcedid: 'm',
        lis_course_section_sourcedid: 'm-1',
        lis_result_sourcedid: 'result',
        lis_outcome_service_url: 'https://lms.example.edu/outcomes',
        launch_presentation_document_target: 'iframe',
        launch_presentation_width: '640',
        launch_presentation_height: 'tall',
        launch_presentation_return_url: 'https://lms.example.edu/back',
        launch_presentation_locale: 'de-DE',
        tool_consumer_instance_guid: 'lms.example.edu',
        tool_consumer_instance_name: 'Campus',
        tool_consumer_info_product_family_code: 'moodle',
        tool_consumer_info_version: '2022',
      },
      { lesson: '4' },
    );
    expect(context).toMatchObject({
      targetLinkUri: `${LAUNCH_URL}?lesson=4`,
      user: {
        id: 'u-1',
        name: 'Ada Lovelace',
        givenName: 'Ada',
        familyName: 'Lovelace',
        email: 'ada@example.edu',
        picture: 'https://lms.example.edu/ada.png',
      },
      roles: [
        { uri: 'Instructor', kind: 'context', name: 'Instructor' },
        { uri: 'urn:lti:instrole:ims/lis/Faculty', kind: 'institution', name: 'Faculty' },
      ],
      roleScopeMentor: ['u-2', 'u,3', '100%', '%00'],
      context: {
        id: 'c-1',
        label: 'M1',
        title: 'Maths',
        types: [
          'http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection',
          'http://purl.imsglobal.org/vocab/lis/v2/course#Group',
          'Club',
        ],
      },
      resourceLink: { id: 'rl-1', title: 'Test', description: 'x'.repeat(20_000) },
      custom: { chapter: '3' },
      lis: { personSourcedId: 'school:ada', courseOfferingSourcedId: 'm', courseSectionSourcedId: 'm-1' },
      basicOutcome: { sourcedId: 'result', serviceUrl: 'https://lms.example.edu/outcomes' },
      presentation: {
        documentTarget: 'iframe',
        width: 640,
        returnUrl: 'https://lms.example.edu/back',
        locale: 'de-DE',
      },
      platform: { guid: 'lms.example.edu', name: 'Campus', productFamilyCode: 'moodle', version: '2022' },
      lti11: {
        consumerKey: 'key',
        userId: 'u-1',
        contextId: 'c-1',
        resourceLinkId: 'rl-1',
        isVerified: true,
      },
      payload: { ext_user_username: 'ada' },
    });
    expect(context.presentation).not.toHaveProperty('height');
    expect(launchContextSchema.parse(context)).toEqual(context);
  });

  it('is one of deep linking for a ContentItemSelectionRequest', () => {
    const context = contextOf({
      ...selection,
      resource_link_id: undefined,
      accept_media_types: 'application/vnd.ims.lti.v1.ltilink, image/*,text/html,application/pdf;q=1',
      accept_multiple: 'true',
      auto_create: 'false',
      data: 'opaque',
    });
    expect(context).toMatchObject({
      messageType: 'LtiDeepLinkingRequest',
      deepLinking: {
        returnUrl: 'https://lms.example.edu/return',
        acceptTypes: ['ltiResourceLink', 'image', 'link', 'file'],
        acceptPresentationDocumentTargets: ['frame', 'window'],
        acceptMultiple: true,
        autoCreate: false,
        data: 'opaque',
      },
    });
    expect(context).not.toHaveProperty('resourceLink');
    expect(contextOf({ ...selection, accept_media_types: '*/*' }).deepLinking?.acceptTypes).toEqual([
      'ltiResourceLink',
      'link',
      'file',
      'image',
    ]);
  });

  it.each([
    [{ ...least, lti_version: 'LTI-2p0' }, { code: 'lti11_version_unsupported' }],
    [
      { ...least, lti_message_type: 'ToolProxyRegistrationRequest' },
      { code: 'lti11_message_type_unsupported' },
    ],
    [
      { ...least, lti_message_type: undefined },
      { code: 'lti11_parameter_missing', parameter: 'lti_message_type' },
    ],
    [
      { ...least, lti_version: undefined },
      { code: 'lti11_parameter_missing', parameter: 'lti_version' },
    ],
    [
      { ...least, resource_link_id: undefined },
      { code: 'lti11_parameter_missing', parameter: 'resource_link_id' },
    ],
    [
      { ...least, user_id: 'x'.repeat(256) },
      { code: 'lti11_parameter_invalid', parameter: 'user_id' },
    ],
    [
      { ...least, context_id: 'x'.repeat(256) },
      { code: 'lti11_parameter_invalid', parameter: 'context_id' },
    ],
    [
      { ...selection, content_item_return_url: 'javascript:alert(1)' },
      { code: 'lti11_parameter_invalid', parameter: 'content_item_return_url' },
    ],
    [
      { ...selection, accept_media_types: undefined },
      { code: 'lti11_parameter_missing', parameter: 'accept_media_types' },
    ],
  ])('is not made of %j', (form, error) => {
    expect(problemOf(() => contextOf(form))).toMatchObject({ status: 400, ...error });
  });
});
