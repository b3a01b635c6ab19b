import { type z } from 'zod';
import {
  Claim,
  handledMessages,
  type LaunchClaims,
  launchClaimsSchema,
  requiredClaims,
} from './launch-claims.schema.js';
import { type LaunchContext, type Lti13LaunchContext } from './launch-context.schema.js';
import { parseRole } from '../../common/lti-role.js';
import { type LaunchRefused } from '../../common/reactions.errors.js';
import { warnOfHttpLinks, upgradedToHttps } from '../../platform-http/platform-origin.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { launchErrors } from '../launch.errors.js';

/** The id of the registration, and the URLs at which it calls the platform. */
type PlatformUrls = Pick<Registration, 'id' | 'issuer' | 'authorizationUrl' | 'tokenUrl' | 'jwksUrl'>;
type Upgrade = (url: string) => string;
type Payload = Record<string, unknown>;

const MAX_DEPTH = 32;
/** How many characters of a claim's name an error has. */
const MAX_NAME = 100;
const ofStandard: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries({ ...requiredClaims, ...handledMessages }),
);
const SPECS: Readonly<Record<string, string>> = {
  [Claim.deploymentId]: 'CORE 5.3.3',
  [Claim.targetLinkUri]: 'CORE 5.3.4',
  [Claim.resourceLink]: 'CORE 5.3.5',
  [Claim.roles]: 'CORE 5.3.7',
  [Claim.deepLinking]: 'DL 4.2',
  [Claim.attemptNumber]: 'Proctoring 1.0',
  [Claim.sessionData]: 'Proctoring 1.0',
  [Claim.startAssessmentUrl]: 'Proctoring 1.0',
};

/**
 * The names of the claims that messages of a type must have besides the ones of the standard.
 *
 * @throws {LaunchRefused} `message_type_unsupported` for a type that the tool does not take
 */
export type FurtherClaims = (messageType: unknown) => readonly string[];
const typesOfEveryTool: FurtherClaims = (messageType) => {
  if (typeof messageType === 'string' && Object.hasOwn(requiredClaims, messageType)) return [];
  throw launchErrors.messageTypeUnsupported(Object.keys(requiredClaims));
};

/**
 * Reads the claims of a verified id_token (CORE 5.3).
 *
 * The platform's http URLs become https if the registration has https on the same host: TLS ends at a proxy in front of such a
 * platform. `payload` stays as it was signed.
 *
 * @param furtherClaims default: the tool takes the types of every tool and requires nothing else
 * @throws {LaunchRefused} `lti_version_unsupported`, `message_type_unsupported`, `claim_missing`, `claim_invalid`
 */
export function launchContextOf(
  payload: Payload,
  platform: PlatformUrls,
  furtherClaims = typesOfEveryTool,
): Lti13LaunchContext {
  // First, since the other claims depend on them.
  const messageType = required(payload, Claim.messageType);
  const further = furtherClaims(messageType);
  if (required(payload, Claim.version) !== '1.3.0') throw launchErrors.versionUnsupported();
  checkDepth(payload);
  checkRequired(payload, String(messageType), further);
  const parsed = launchClaimsSchema.safeParse(payload);
  if (!parsed.success) throw faultOf(parsed.error, payload);
  const claims = parsed.data;
  const upgraded = (url: string) => byHttps(url, platform);
  return {
    version: '1.3.0',
    messageType: claims[Claim.messageType],
    registrationId: platform.id,
    deploymentId: claims[Claim.deploymentId],
    targetLinkUri: claims[Claim.targetLinkUri],
    user: userOf(claims),
    roles: claims[Claim.roles].map(parseRole),
    roleScopeMentor: claims[Claim.roleScopeMentor],
    context: contextOf(claims),
    resourceLink: claims[Claim.resourceLink],
    custom: claims[Claim.custom] ?? {},
    grades: gradesOf(claims, upgraded),
    memberships: membershipsOf(claims, upgraded),
    notices: noticesOf(claims, upgraded),
    deepLinking: deepLinkingOf(claims, upgraded),
    lis: lisOf(claims),
    basicOutcome: basicOutcomeOf(claims, upgraded),
    presentation: presentationOf(claims, upgraded),
    platform: platformOf(claims),
    forUser: forUserOf(claims),
    groups: groupsOf(claims, upgraded),
    proctoring: proctoringOf(claims),
    assetProcessor: assetProcessorOf(claims),
    eula: eulaOf(claims, upgraded),
    payload,
  };
}

/** The claims of the standard, then those of the tool. */
function checkRequired(payload: Payload, messageType: string, further: readonly string[]): void {
  const checked = ofStandard.get(messageType)?.safeParse(payload);
  if (checked?.success === false) throw faultOf(checked.error, payload);
  for (const claim of further) required(payload, claim);
}

function required(payload: Payload, claim: string): unknown {
  const value = payload[claim];
  if (value === undefined || value === null) throw launchErrors.claimMissing(claim, SPECS[claim]);
  return value;
}

/** The payload is stored as JSON. It is serialized by recursion, and the stack has an end. */
function checkDepth(payload: Payload): void {
  for (const [claim, value] of Object.entries(payload)) {
    if (isDeeperThan(MAX_DEPTH, value)) {
      throw launchErrors.claimInvalid(claim.slice(0, MAX_NAME), `is nested deeper than ${MAX_DEPTH} levels`);
    }
  }
}

/** Whether the JSON value has more levels of objects and lists. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (!isRecord(value)) return false;
  return levels === 0 || Object.values(value).some((entry) => isDeeperThan(levels - 1, entry));
}

/** The first issue of zod, with the name of the claim. */
function faultOf(error: z.ZodError, payload: Payload): LaunchRefused {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String);
  const [claim = 'payload'] = path;
  const name = path.join('.');
  let value: unknown = payload;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value === undefined || value === null
    ? launchErrors.claimMissing(name, SPECS[claim])
    : launchErrors.claimInvalid(name, messageOf(issue), SPECS[claim]);
}

/** Messages of zod for types, and those of the schema for all else. None repeats the value. */
function messageOf(issue: z.core.$ZodIssue | undefined): string {
  return issue?.code === 'invalid_type'
    ? `is not a value of type ${issue.expected}`
    : (issue?.message ?? 'cannot be read');
}

function userOf(claims: LaunchClaims): LaunchContext['user'] {
  const { sub } = claims;
  return sub == null
    ? undefined
    : {
        id: sub,
        ...personOf(claims),
        middleName: claims.middle_name,
        picture: claims.picture,
        locale: claims.locale,
      };
}

function personOf(person: Pick<LaunchClaims, 'name' | 'given_name' | 'family_name' | 'email'>) {
  return {
    name: person.name,
    givenName: person.given_name,
    familyName: person.family_name,
    email: person.email,
  };
}

function contextOf(claims: LaunchClaims): LaunchContext['context'] {
  const context = claims[Claim.context];
  if (context === undefined) return undefined;
  const { id, label, title, type } = context;
  return { id, label, title, types: type };
}

function gradesOf(claims: LaunchClaims, upgraded: Upgrade): Lti13LaunchContext['grades'] {
  const grades = claims[Claim.grades];
  return (
    grades && {
      scopes: grades.scope,
      lineItemsUrl: grades.lineitems && upgraded(grades.lineitems),
      lineItemId: grades.lineitem && upgraded(grades.lineitem),
    }
  );
}

function membershipsOf(claims: LaunchClaims, upgraded: Upgrade): Lti13LaunchContext['memberships'] {
  const service = claims[Claim.memberships];
  return (
    service && {
      url: upgraded(service.context_memberships_url),
      serviceVersions: service.service_versions,
    }
  );
}

function noticesOf(claims: LaunchClaims, upgraded: Upgrade): Lti13LaunchContext['notices'] {
  const service = claims[Claim.noticeService];
  return (
    service && {
      url: upgraded(service.platform_notification_service_url),
      serviceVersions: service.service_versions,
      scopes: service.scope,
      types: service.notice_types_supported,
    }
  );
}

function deepLinkingOf(claims: LaunchClaims, upgraded: Upgrade): LaunchContext['deepLinking'] {
  const settings = claims[Claim.deepLinking];
  if (settings === undefined) return undefined;
  return {
    returnUrl: upgraded(settings.deep_link_return_url),
    acceptTypes: settings.accept_types,
    acceptPresentationDocumentTargets: settings.accept_presentation_document_targets,
    acceptMediaTypes: settings.accept_media_types,
    acceptMultiple: settings.accept_multiple,
    acceptLineItem: settings.accept_lineitem,
    autoCreate: settings.auto_create,
    title: settings.title,
    text: settings.text,
    data: settings.data,
  };
}

function lisOf(claims: LaunchClaims): LaunchContext['lis'] {
  const lis = claims[Claim.lis];
  return (
    lis && {
      personSourcedId: lis.person_sourcedid,
      courseOfferingSourcedId: lis.course_offering_sourcedid,
      courseSectionSourcedId: lis.course_section_sourcedid,
    }
  );
}

function basicOutcomeOf(claims: LaunchClaims, upgraded: Upgrade): LaunchContext['basicOutcome'] {
  const outcome = claims[Claim.basicOutcome];
  const url = outcome?.lis_outcome_service_url;
  return outcome && { sourcedId: outcome.lis_result_sourcedid, serviceUrl: url && upgraded(url) };
}

function presentationOf(claims: LaunchClaims, upgraded: Upgrade): LaunchContext['presentation'] {
  const presentation = claims[Claim.launchPresentation];
  return (
    presentation && {
      documentTarget: presentation.document_target,
      width: presentation.width,
      height: presentation.height,
      returnUrl: presentation.return_url && upgraded(presentation.return_url),
      locale: presentation.locale,
    }
  );
}

function platformOf(claims: LaunchClaims): LaunchContext['platform'] {
  const platform = claims[Claim.toolPlatform];
  return (
    platform && {
      guid: platform.guid,
      name: platform.name,
      description: platform.description,
      productFamilyCode: platform.product_family_code,
      version: platform.version,
      contactEmail: platform.contact_email,
      url: platform.url,
    }
  );
}

function forUserOf(claims: LaunchClaims): Lti13LaunchContext['forUser'] {
  const user = claims[Claim.forUser];
  return user && { id: user.user_id, ...personOf(user), roles: user.roles.map(parseRole) };
}

function groupsOf(claims: LaunchClaims, upgraded: Upgrade): Lti13LaunchContext['groups'] {
  const service = claims[Claim.groups];
  return (
    service && {
      url: upgraded(service.context_groups_url),
      setsUrl: service.context_group_sets_url && upgraded(service.context_group_sets_url),
      scopes: service.scope,
      serviceVersions: service.service_versions,
    }
  );
}

function proctoringOf(claims: LaunchClaims): Lti13LaunchContext['proctoring'] {
  const attemptNumber = claims[Claim.attemptNumber];
  if (attemptNumber === undefined) return undefined;
  const control = claims[Claim.assessmentControl];
  return {
    attemptNumber,
    sessionData: claims[Claim.sessionData],
    startAssessmentUrl: claims[Claim.startAssessmentUrl],
    settings: claims[Claim.proctoringSettings],
    assessmentControl: control && { url: control.assessment_control_url, actions: control.actions },
  };
}

function assetProcessorOf(claims: LaunchClaims): Lti13LaunchContext['assetProcessor'] {
  const activity = claims[Claim.activity];
  return (
    activity && {
      activity,
      submissionId: claims[Claim.submission]?.id,
      assetId: claims[Claim.asset]?.id,
      reportType: claims[Claim.assetReportType],
    }
  );
}

function eulaOf(claims: LaunchClaims, upgraded: Upgrade): Lti13LaunchContext['eula'] {
  const service = claims[Claim.eula];
  return service && { url: upgraded(service.url), scopes: service.scope };
}

function byHttps(url: string, { id, issuer, authorizationUrl, tokenUrl, jwksUrl }: PlatformUrls): string {
  if (!/^http:/i.test(url)) return url;
  const own = [tokenUrl, authorizationUrl, jwksUrl, issuer].filter((text) => /^https:/i.test(text));
  if (own.length === 0 || !URL.canParse(url)) return url;
  for (const text of own) {
    const upgraded = URL.canParse(text) ? upgradedToHttps(new URL(url), new URL(text)) : undefined;
    if (upgraded === undefined) continue;
    warnOfHttpLinks(id, text);
    return upgraded.href;
  }
  return url;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
