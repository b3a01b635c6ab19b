import { z } from 'zod';

/** Where a role is valid (CORE A.2): in the platform, in the institution, or in the course. */
const roleKind = z.enum(['system', 'institution', 'context']);

/** A role: the platform's text, and its parts if the role is known. */
export const launchRoleSchema = z.object({
  /** The platform's text: a URI of LIS or LTI, a short name, or a role that only this platform has. */
  uri: z.string(),
  kind: roleKind.optional(),
  /** Such as `Instructor`; with `Instructor` and a sub-role such as `TeachingAssistant` the principal role. */
  name: z.string().optional(),
  /** Such as `TeachingAssistant`. */
  subRole: z.string().optional(),
});
/** A role of the launched user: the platform's text, and its parts if the role is in a known vocabulary (CORE A.2). */
export type LaunchRole = z.output<typeof launchRoleSchema>;

const userSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  givenName: z.string().optional(),
  middleName: z.string().optional(),
  familyName: z.string().optional(),
  email: z.string().optional(),
  picture: z.string().optional(),
  locale: z.string().optional(),
});
/** The launched user. `id` is `sub`; a field that the platform does not share is absent. */
export type LaunchUser = z.output<typeof userSchema>;

const contextSchema = z.object({
  id: z.string(),
  label: z.string().optional(),
  title: z.string().optional(),
  types: z.array(z.string()),
});

const resourceLinkSchema = z.object({
  id: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
});

const deepLinkingSchema = z.object({
  returnUrl: z.string(),
  acceptTypes: z.array(z.string()),
  acceptPresentationDocumentTargets: z.array(z.string()),
  acceptMediaTypes: z.string().optional(),
  acceptMultiple: z.boolean().optional(),
  acceptLineItem: z.boolean().optional(),
  autoCreate: z.boolean().optional(),
  title: z.string().optional(),
  text: z.string().optional(),
  /** Data of the platform. The response sends it back unchanged. */
  data: z.unknown().optional(),
});

/** The LTI 1.1 ids of a launch by LTI 1.1, or of a launch that migrates from it (CORE 6.1.2). */
const lti11Schema = z.object({
  consumerKey: z.string().optional(),
  userId: z.string().optional(),
  contextId: z.string().optional(),
  resourceLinkId: z.string().optional(),
  /** Whether the platform has proved with the consumer's secret that these are its ids. Never rely on ids that are not verified. */
  isVerified: z.boolean(),
});

/** The fields of a launch in both versions of LTI. */
const anyLaunchSchema = z.object({
  /**
   * `LtiResourceLinkRequest`, `LtiDeepLinkingRequest`, `LtiSubmissionReviewRequest`, or another type for which the tool has a handler.
   * A launch by LTI 1.1 has the name that LTI 1.3 gives to its type.
   */
  messageType: z.string(),
  /** A deep linking request may lack it. */
  targetLinkUri: z.string().optional(),
  /** Missing in an anonymous launch (CORE 5.3.6.1). */
  user: userSchema.optional(),
  roles: z.array(launchRoleSchema),
  /** The ids of the users whom a mentor may look after (CORE 5.4.4). */
  roleScopeMentor: z.array(z.string()),
  context: contextSchema.optional(),
  resourceLink: resourceLinkSchema.optional(),
  /** Unchanged values of the platform; null where it has no value. */
  custom: z.record(z.string(), z.unknown()),
  /** DL 4.2 */
  deepLinking: deepLinkingSchema.optional(),
  lis: z
    .object({
      personSourcedId: z.string().optional(),
      courseOfferingSourcedId: z.string().optional(),
      courseSectionSourcedId: z.string().optional(),
    })
    .optional(),
  /** The grade service of LTI 1.1, which some platforms name in LTI 1.3, too. */
  basicOutcome: z.object({ sourcedId: z.string().optional(), serviceUrl: z.string().optional() }).optional(),
  presentation: z
    .object({
      documentTarget: z.string().optional(),
      width: z.number().optional(),
      height: z.number().optional(),
      returnUrl: z.string().optional(),
      locale: z.string().optional(),
    })
    .optional(),
  platform: z
    .object({
      guid: z.string().optional(),
      name: z.string().optional(),
      description: z.string().optional(),
      productFamilyCode: z.string().optional(),
      version: z.string().optional(),
      contactEmail: z.string().optional(),
      url: z.string().optional(),
    })
    .optional(),
  /** All signed data: the claims, or the parameters of LTI 1.1 without the signature. */
  payload: z.record(z.string(), z.unknown()),
});

const lti13LaunchSchema = anyLaunchSchema.extend({
  version: z.literal('1.3.0'),
  registrationId: z.string(),
  deploymentId: z.string(),
  /** The id of the stored course, for syncs and scores. Missing if the launch names no context. */
  courseId: z.string().optional(),
  /** AGS 2.0 3.1 */
  grades: z
    .object({
      scopes: z.array(z.string()),
      lineItemsUrl: z.string().optional(),
      /** The line item of the resource link, if it has exactly one. */
      lineItemId: z.string().optional(),
    })
    .optional(),
  /** NRPS 2.0 3.6.1.1 */
  memberships: z.object({ url: z.string(), serviceVersions: z.array(z.string()) }).optional(),
  /** The Platform Notification Service: the platform sends these types of notices to `PlatformNotificationService`'s handlers. */
  notices: z
    .object({
      url: z.string(),
      serviceVersions: z.array(z.string()),
      scopes: z.array(z.string()),
      types: z.array(z.string()),
    })
    .optional(),
  /** The user whose submission or report is shown, or whose data an administrator asks for (a data privacy launch). */
  forUser: z
    .object({
      id: z.string(),
      name: z.string().optional(),
      givenName: z.string().optional(),
      familyName: z.string().optional(),
      email: z.string().optional(),
      roles: z.array(launchRoleSchema),
    })
    .optional(),
  /** Course Groups Service 1.0: for `GroupService`. */
  groups: z
    .object({
      url: z.string(),
      setsUrl: z.string().optional(),
      scopes: z.array(z.string()),
      serviceVersions: z.array(z.string()),
    })
    .optional(),
  /** Proctoring 1.0: of `LtiStartProctoring` and `LtiEndAssessment`. */
  proctoring: z
    .object({
      /** Of the user at this assessment, from 1. */
      attemptNumber: z.int(),
      /** Data of the platform. The tool's message `LtiStartAssessment` sends it back unchanged. */
      sessionData: z.string().optional(),
      /** The URL that the user's browser posts the tool's `LtiStartAssessment` to. */
      startAssessmentUrl: z.string().optional(),
      settings: z.record(z.string(), z.unknown()).optional(),
      /** The service for pausing and ending the assessment, for `OAuthClient.request`. */
      assessmentControl: z.object({ url: z.string(), actions: z.array(z.string()) }).optional(),
    })
    .optional(),
  /** Asset Processor 1.0: of its messages, and of the deep linking request that adds a processor to an activity. */
  assetProcessor: z
    .object({
      activity: z.object({ id: z.string(), title: z.string().optional() }),
      submissionId: z.string().optional(),
      assetId: z.string().optional(),
      /** The `type` of the tool's own report, in `LtiReportReviewRequest`. */
      reportType: z.string().optional(),
    })
    .optional(),
  /** The EULA service, in `LtiEulaRequest`: where the tool reports whether the user accepts, by `OAuthClient.request`. */
  eula: z.object({ url: z.string(), scopes: z.array(z.string()) }).optional(),
  /** Of a launch that migrates from LTI 1.1. */
  lti11: lti11Schema.optional(),
});

const lti11LaunchSchema = anyLaunchSchema.extend({ version: z.literal('1.1'), lti11: lti11Schema });

/** The user, the course and the placement of a launch by LTI 1.3 or 1.1. It contains no token and no secret. */
export const launchContextSchema = z.discriminatedUnion('version', [lti13LaunchSchema, lti11LaunchSchema]);

/** A launch by LTI 1.3. */
export type Lti13LaunchContext = z.output<typeof lti13LaunchSchema>;

/** A launch by LTI 1.1. It has no registration and no LTI 1.3 services. */
export type Lti11LaunchContext = z.output<typeof lti11LaunchSchema> &
  Partial<Record<Exclude<keyof Lti13LaunchContext, keyof z.output<typeof lti11LaunchSchema>>, undefined>>;

/**
 * The user, the course and the placement of a launch. Check `version` before you read fields that only one version has.
 *
 * @example
 * if (launch.version === '1.1') throw new ForbiddenException('This course has to launch by LTI 1.3.');
 * const registration = await registrations.get(launch.registrationId);
 */
export type LaunchContext = Lti13LaunchContext | Lti11LaunchContext;
