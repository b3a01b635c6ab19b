const spec = 'https://purl.imsglobal.org/spec';
const lti = `${spec}/lti/claim`;

/** The claims of an id_token, by their names in it. */
export type Claims = Readonly<Record<string, unknown>>;

export const claimNames = {
  messageType: `${lti}/message_type`,
  version: `${lti}/version`,
  deploymentId: `${lti}/deployment_id`,
  targetLinkUri: `${lti}/target_link_uri`,
  resourceLink: `${lti}/resource_link`,
  roles: `${lti}/roles`,
  context: `${lti}/context`,
  toolPlatform: `${lti}/tool_platform`,
  launchPresentation: `${lti}/launch_presentation`,
  lis: `${lti}/lis`,
  custom: `${lti}/custom`,
  forUser: `${lti}/for_user`,
  notice: `${lti}/notice`,
  noticeService: `${lti}/platformnotificationservice`,
  originContexts: `${lti}/origin_contexts`,
  lti11: `${lti}/lti1p1`,
  ext: `${lti}/ext`,
  basicOutcome: `${spec}/lti-bo/claim/basicoutcome`,
  grades: `${spec}/lti-ags/claim/endpoint`,
  memberships: `${spec}/lti-nrps/claim/namesroleservice`,
  groups: `${spec}/lti-gs/claim/groupsservice`,
  deepLinking: `${spec}/lti-dl/claim/deep_linking_settings`,
  deepLinkingData: `${spec}/lti-dl/claim/data`,
  deepLinkingMessage: `${spec}/lti-dl/claim/msg`,
  deepLinkingErrorMessage: `${spec}/lti-dl/claim/errormsg`,
  contentItems: `${spec}/lti-dl/claim/content_items`,
} as const;

export const messageTypes = [
  'LtiResourceLinkRequest',
  'LtiDeepLinkingRequest',
  'LtiSubmissionReviewRequest',
] as const;
/** The messages that a platform sends (CORE 5.3.1). */
export type MessageType = (typeof messageTypes)[number];
