import { z } from 'zod';

/** The names of the claims of LTI (CORE 5.3 and 5.4, AGS 2.0, NRPS 2.0, DL). */
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
  lti1p1: 'https://purl.imsglobal.org/spec/lti/claim/lti1p1',
  grades: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  memberships: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
  deepLinking: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
  basicOutcome: 'https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome',
} as const;

/** PostgreSQL cannot store NUL and halves of characters, and an id that was changed would be another one. */
const UNSTORABLE = /[\0\p{Cs}]/u;
const id = z
  .string()
  .min(1, 'is empty')
  .max(255, 'has more than 255 characters')
  .refine((text) => !UNSTORABLE.test(text), 'holds NUL or halves of characters');

/** Where browsers are sent: never a script. */
const httpUrl = z
  .string()
  .max(2048, 'has more than 2048 characters')
  .refine((text) => /^https?:/i.test(text) && URL.canParse(text), 'is no http(s) URL');

/** What a launch can do without: left out where the platform got it wrong. The payload keeps it as it came. */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = optional(z.string());
const flag = optional(z.boolean());
const texts = optional(z.array(z.string())).transform((list) => list ?? []);
/** Platforms write sizes as texts, too. */
const number = optional(z.coerce.number());

const MAX_ROLES = 100;
const MAX_ROLE = 1024;

/** One entry that cannot be read, such as null, costs the user no other role. */
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

/** What a launch cannot do without is checked, and everything else is read as far as it can be. Unknown claims are legal. */
export const launchClaimsSchema = z.object({
  sub: id.nullish(),
  ...person,
  [Claim.messageType]: z.string(),
  [Claim.version]: z.string(),
  [Claim.deploymentId]: id,
  [Claim.targetLinkUri]: httpUrl,
  [Claim.roles]: z
    .array(z.unknown(), 'is no list of texts')
    .max(MAX_ROLES, `has more than ${MAX_ROLES} roles`)
    .transform(roleTexts),
  [Claim.resourceLink]: z.object({ id, title: text, description: text }).nullish(),
  [Claim.context]: z.object({ id, label: text, title: text, type: texts }).nullish(),
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
  [Claim.forUser]: z
    .object({
      user_id: id,
      ...person,
      roles: optional(z.array(z.unknown())).transform((list) => roleTexts(list ?? [])),
    })
    .nullish(),
  [Claim.grades]: optional(z.object({ scope: texts, lineitems: text, lineitem: text })),
  [Claim.memberships]: optional(z.object({ context_memberships_url: z.string(), service_versions: texts })),
  [Claim.deepLinking]: z
    .object({
      deep_link_return_url: httpUrl,
      accept_types: z.array(z.string()),
      accept_presentation_document_targets: texts,
      accept_media_types: text,
      accept_multiple: flag,
      accept_lineitem: flag,
      auto_create: flag,
      title: text,
      text,
      data: text,
    })
    .nullish(),
  [Claim.basicOutcome]: optional(z.object({ lis_result_sourcedid: text, lis_outcome_service_url: text })),
});
export type LaunchClaims = z.output<typeof launchClaimsSchema>;
