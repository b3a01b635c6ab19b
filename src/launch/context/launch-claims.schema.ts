import { z } from 'zod';
import { isStorable } from '../../common/storable-text.js';

/** The names of the claims of LTI (CORE 5.3 and 5.4, AGS 2.0, NRPS 2.0, DL, Course Groups, Proctoring, Asset Processor). */
export const Claim = {
  messageType: 'https://purl.imsglobal.org/spec/lti/claim/message_type',
  version: 'https://purl.imsglobal.org/spec/lti/claim/version',
  deploymentId: 'https://purl.imsglobal.org/spec/lti/claim/deployment_id',
  targetLinkUri: 'https://purl.imsglobal.org/spec/lti/claim/target_link_uri',
  resourceLink: 'https://purl.imsglobal.org/spec/lti/claim/resource_link',
  roles: 'https://purl.imsglobal.org/spec/lti/claim/roles',
  context: 'https://purl.imsglobal.org/spec/lti/claim/context',
  toolPlatform: 'https://purl.imsglobal.org/spec/lti/claim/tool_platform',
  roleScopeMentor: 'https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor',
  launchPresentation: 'https://purl.imsglobal.org/spec/lti/claim/launch_presentation',
  lis: 'https://purl.imsglobal.org/spec/lti/claim/lis',
  custom: 'https://purl.imsglobal.org/spec/lti/claim/custom',
  forUser: 'https://purl.imsglobal.org/spec/lti/claim/for_user',
  notice: 'https://purl.imsglobal.org/spec/lti/claim/notice',
  noticeService: 'https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice',
  originContexts: 'https://purl.imsglobal.org/spec/lti/claim/origin_contexts',
  lti1p1: 'https://purl.imsglobal.org/spec/lti/claim/lti1p1',
  grades: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  memberships: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
  deepLinking: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
  basicOutcome: 'https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome',
  groups: 'https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice',
  attemptNumber: 'https://purl.imsglobal.org/spec/lti-ap/claim/attempt_number',
  sessionData: 'https://purl.imsglobal.org/spec/lti-ap/claim/session_data',
  startAssessmentUrl: 'https://purl.imsglobal.org/spec/lti-ap/claim/start_assessment_url',
  proctoringSettings: 'https://purl.imsglobal.org/spec/lti-ap/claim/proctoring_settings',
  assessmentControl: 'https://purl.imsglobal.org/spec/lti-ap/claim/acs',
  activity: 'https://purl.imsglobal.org/spec/lti/claim/activity',
  submission: 'https://purl.imsglobal.org/spec/lti/claim/submission',
  asset: 'https://purl.imsglobal.org/spec/lti/claim/asset',
  assetReportType: 'https://purl.imsglobal.org/spec/lti/claim/assetreport_type',
  eula: 'https://purl.imsglobal.org/spec/lti/claim/eulaservice',
} as const;

/** An id that cannot be stored is an error: a changed id would be another id. */
const id = z.preprocess(
  // Some platforms send a number. Above 2^53 two different ids could be read as one.
  (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value),
  z
    .string()
    .min(1, 'is empty')
    .max(255, 'has more than 255 characters')
    .refine(isStorable, 'holds NUL or an unpaired surrogate'),
);

/** A URL that browsers are sent to. It must not be a script. */
const httpUrl = z
  .string()
  .max(2048, 'has more than 2048 characters')
  .refine((text) => /^https?:/i.test(text) && URL.canParse(text), 'is not an http(s) URL');

/**
 * A claim that is left out when it is null, of another type, or, as PHP writes an empty object, `[]`. The payload keeps it as
 * it was sent.
 */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = optional(z.string().min(1));
/** Some platforms send the text "false". */
const flag = optional(
  z.preprocess(
    (value) => (typeof value === 'string' ? booleans.get(value.toLowerCase()) : value),
    z.boolean(),
  ),
);
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
/** An entry that is not a text is skipped; the others stay. */
const texts = optional(z.array(z.unknown())).transform((list) => textsIn(list ?? []));
const textsIn = (list: readonly unknown[]): string[] => list.filter((entry) => typeof entry === 'string');
/** Some platforms send sizes as text. */
const number = optional(
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number(),
  ),
);

const MAX_ROLES = 100;
const MAX_ROLE = 1024;

/** An entry that cannot be read, such as null, is skipped; the other roles stay. */
function roleTexts(list: readonly unknown[]): string[] {
  return list
    .filter((role) => typeof role === 'string')
    .map((role) => role.trim())
    .filter((role) => role !== '' && role.length <= MAX_ROLE);
}

const person = {
  name: text,
  given_name: text,
  middle_name: text,
  family_name: text,
  email: text,
  picture: text,
  locale: text,
};

const roles = z
  .array(z.unknown(), 'is not a list of texts')
  .max(MAX_ROLES, `has more than ${MAX_ROLES} roles`)
  .transform(roleTexts);
const resourceLink = z.object({ id, title: text, description: text });
/** Data privacy launches of some platforms have `id` for `user_id`. */
const forUser = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'id' in value && !('user_id' in value)
      ? { ...value, user_id: value.id }
      : value,
  z.object({
    user_id: id,
    ...person,
    roles: optional(z.array(z.unknown())).transform((list) => roleTexts(list ?? [])),
  }),
);
/** The platform counts the attempts of a user at an assessment from 1. */
const attemptNumber = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
  z.int().min(1, 'is less than 1'),
);
/** Data of the platform, which goes back to it unchanged. */
const sessionData = z.string().min(1, 'is empty').max(65_536, 'has more than 65536 characters');
const activity = z.object({ id, title: text });
const withId = z.object({ id });
const reportType = z.string().min(1, 'is empty').max(255, 'has more than 255 characters');
const eula = z.object({ url: httpUrl, scope: texts });
const deepLinking = z.object({
  deep_link_return_url: httpUrl,
  accept_types: z.array(z.unknown()).transform(textsIn),
  accept_presentation_document_targets: texts,
  accept_media_types: text,
  accept_multiple: flag,
  accept_lineitem: flag,
  auto_create: flag,
  title: text,
  text,
  data: z.unknown().optional(),
});

/** The types that every tool takes, and the claims that a message of each one needs (CORE 5.3, DL 4.2, Submission Review 1.0). */
export const requiredClaims = {
  LtiResourceLinkRequest: z.object({
    [Claim.targetLinkUri]: httpUrl,
    [Claim.resourceLink]: resourceLink,
    [Claim.roles]: roles,
  }),
  LtiDeepLinkingRequest: z.object({ [Claim.deepLinking]: deepLinking }),
  LtiSubmissionReviewRequest: z.object({
    [Claim.targetLinkUri]: httpUrl,
    [Claim.resourceLink]: resourceLink,
    [Claim.roles]: roles,
    [Claim.forUser]: forUser,
  }),
} as const;

/** The claims that the standards require of messages that a tool takes only with a handler for their type. */
export const handledMessages = {
  /** The base document of the Data Privacy Launch, and its older name: an administrator wants to see or delete a user's data. */
  LtiDataPrivacyLaunchRequest: z.object({ [Claim.forUser]: forUser }),
  DataPrivacyLaunchRequest: z.object({ [Claim.forUser]: forUser }),
  /** Proctoring 1.0 4 */
  LtiStartProctoring: z.object({
    [Claim.targetLinkUri]: httpUrl,
    [Claim.resourceLink]: resourceLink,
    [Claim.attemptNumber]: attemptNumber,
    [Claim.sessionData]: sessionData,
    [Claim.startAssessmentUrl]: httpUrl,
  }),
  LtiEndAssessment: z.object({ [Claim.attemptNumber]: attemptNumber }),
  /** Asset Processor 1.0 */
  LtiAssetProcessorSettingsRequest: z.object({ [Claim.activity]: activity }),
  LtiReportReviewRequest: z.object({
    [Claim.activity]: activity,
    [Claim.forUser]: forUser,
    [Claim.submission]: withId,
    [Claim.asset]: withId,
    [Claim.assetReportType]: reportType,
  }),
  LtiEulaRequest: z.object({ [Claim.eula]: eula }),
} as const;

/**
 * The claims of every message. A claim that only some types need is left out where it cannot be read;
 * `requiredClaims` then decides whether this message needs it. Unknown claims are allowed.
 */
export const launchClaimsSchema = z.object({
  sub: z.preprocess((value) => (value === '' ? undefined : value), id.nullish()),
  ...person,
  [Claim.messageType]: z.string(),
  [Claim.version]: z.string(),
  [Claim.deploymentId]: id,
  [Claim.targetLinkUri]: optional(httpUrl),
  [Claim.roles]: optional(roles).transform((list) => list ?? []),
  [Claim.resourceLink]: optional(resourceLink),
  [Claim.context]: optional(z.object({ id, label: text, title: text, type: texts })),
  [Claim.roleScopeMentor]: texts,
  [Claim.custom]: optional(z.record(z.string(), z.unknown())),
  [Claim.toolPlatform]: optional(
    z.object({
      guid: text,
      name: text,
      description: text,
      product_family_code: text,
      version: text,
      contact_email: text,
      url: text,
    }),
  ),
  [Claim.launchPresentation]: optional(
    z.object({ document_target: text, width: number, height: number, return_url: text, locale: text }),
  ),
  [Claim.lis]: optional(
    z.object({
      person_sourcedid: text,
      course_offering_sourcedid: text,
      course_section_sourcedid: text,
    }),
  ),
  [Claim.forUser]: optional(forUser),
  [Claim.grades]: optional(z.object({ scope: texts, lineitems: text, lineitem: text })),
  [Claim.memberships]: optional(
    z.object({ context_memberships_url: z.string().min(1), service_versions: texts }),
  ),
  [Claim.noticeService]: optional(
    z.object({
      platform_notification_service_url: z.string().min(1),
      service_versions: texts,
      scope: texts,
      notice_types_supported: texts,
    }),
  ),
  [Claim.deepLinking]: optional(deepLinking),
  [Claim.basicOutcome]: optional(z.object({ lis_result_sourcedid: text, lis_outcome_service_url: text })),
  [Claim.groups]: optional(
    z.object({
      context_groups_url: z.string().min(1),
      context_group_sets_url: text,
      scope: texts,
      service_versions: texts,
    }),
  ),
  [Claim.attemptNumber]: optional(attemptNumber),
  [Claim.sessionData]: optional(sessionData),
  [Claim.startAssessmentUrl]: optional(httpUrl),
  [Claim.proctoringSettings]: optional(z.record(z.string(), z.unknown())),
  [Claim.assessmentControl]: optional(z.object({ assessment_control_url: httpUrl, actions: texts })),
  [Claim.activity]: optional(activity),
  [Claim.submission]: optional(withId),
  [Claim.asset]: optional(withId),
  [Claim.assetReportType]: optional(reportType),
  [Claim.eula]: optional(eula),
});
export type LaunchClaims = z.output<typeof launchClaimsSchema>;
