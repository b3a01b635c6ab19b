/** Where a role holds (CORE A.2): in the platform, in the institution, or in the course. */
export type RoleKind = 'system' | 'institution' | 'context';

/** A role of the LTI vocabularies (CORE A.2). */
export interface LtiRole {
  /** Where the role holds. */
  kind: RoleKind;
  /** Such as `Instructor`; of a sub-role its principal role. */
  name: string;
  /** Such as `TeachingAssistant`. Only roles in a course have sub-roles. */
  subRole?: string;
}

/** A role with its URI as the platform wrote it. The rest is missing if the role is in no vocabulary that is known here. */
export interface ParsedRole extends Partial<LtiRole> {
  /** As the platform wrote it. */
  uri: string;
}

/** CORE A.2.3: the roles in a course, with the sub-roles of A.2.3.1. */
const CONTEXT_ROLES = {
  Administrator:
    'Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator Support SystemAdministrator',
  ContentDeveloper: 'ContentDeveloper ContentExpert ExternalContentExpert Librarian',
  Instructor:
    'ExternalInstructor Grader GuestInstructor Lecturer PrimaryInstructor SecondaryInstructor TeachingAssistant ' +
    'TeachingAssistantGroup TeachingAssistantOffering TeachingAssistantSection TeachingAssistantSectionAssociation ' +
    'TeachingAssistantTemplate',
  Learner: 'ExternalLearner GuestLearner Instructor Learner NonCreditLearner',
  Manager: 'AreaManager CourseCoordinator ExternalObserver Manager Observer',
  Member: 'Member',
  Mentor:
    'Advisor Auditor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator ExternalMentor ExternalReviewer ' +
    'ExternalTutor LearningFacilitator Mentor Reviewer Tutor',
  Officer: 'Chair Communications Secretary Treasurer Vice-Chair',
} as const;
/** A principal role in a course (CORE A.2.3). */
export type ContextRoleName = keyof typeof CONTEXT_ROLES;

/** CORE A.2.2 */
const INSTITUTION_ROLES =
  'Administrator Alumni Faculty Guest Instructor Learner Member Mentor None Observer Other ProspectiveStudent Staff Student';
/** CORE A.2.1 and A.2.5 */
const SYSTEM_ROLES = 'AccountAdmin Administrator Creator None SysAdmin SysSupport TestUser User';

/** Names by their lower-case form: platforms differ in case. */
const NAMES: Readonly<Record<RoleKind, ReadonlyMap<string, string>>> = {
  context: byLowerCase(Object.keys(CONTEXT_ROLES)),
  institution: byLowerCase(INSTITUTION_ROLES.split(' ')),
  system: byLowerCase(SYSTEM_ROLES.split(' ')),
};
const SUB_ROLES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(CONTEXT_ROLES).map(([name, subRoles]) => [name, byLowerCase(subRoles.split(' '))]),
);

const LIS = 'http://purl.imsglobal.org/vocab/lis/v2';
/** LTI 1.1.1 has the teaching assistant as a role of its own; since LIS 2 it is a sub-role of the instructor. */
const TEACHING_ASSISTANT = 'TeachingAssistant';

/** The parts between the vocabulary and the name, lower-case. `person` is how drafts of LTI 1.3 wrote the institution's. */
const VOCABULARIES: ReadonlyMap<string, RoleKind> = new Map([
  ['lis/v2/membership', 'context'],
  ['lis/v2/institution/person', 'institution'],
  ['lis/v2/person', 'institution'],
  ['lis/v2/system/person', 'system'],
  ['lti/system/person', 'system'],
]);
const URI = /^https?:\/\/purl\.imsglobal\.org\/vocab\/(?<path>[\w/]+)#(?<name>[\w-]+)$/i;
const SUB_ROLE_PATH = /^(?<vocabulary>lis\/v2\/membership)\/(?<principal>\w+)$/i;

/** LTI 1.1.1 A.1 and A.2: `urn:lti:role:ims/lis/Instructor`, with a sub-role behind another slash. */
const URN = /^urn:lti:(?<place>role|instrole|sysrole):ims\/lis\/(?<name>[\w-]+)(?:\/(?<subRole>[\w-]+))?$/i;
const PLACES: ReadonlyMap<string, RoleKind> = new Map([
  ['role', 'context'],
  ['instrole', 'institution'],
  ['sysrole', 'system'],
]);

/** CORE A.2.3: roles in a course may be given by their names alone. */
const SHORT = /^(?<name>[\w-]+)(?:[#/](?<subRole>[\w-]+))?$/;

/**
 * A role as any platform writes it: a URI of LIS or LTI, a URN of LTI 1.1, or the short name of a role in the course; each
 * in any case. Launches of both versions and rosters read roles by this alone.
 *
 * @returns undefined for a role of no vocabulary that is known here
 * @example readRole('urn:lti:role:ims/lis/Instructor') // { kind: 'context', name: 'Instructor' }
 */
export function readRole(text: string): LtiRole | undefined {
  return readUri(text) ?? readUrn(text) ?? readShort(text);
}

/** A role with its URI as the platform wrote it, and what `readRole` gives. */
export function parseRole(uri: string): ParsedRole {
  return { uri, ...readRole(uri) };
}

/**
 * Whether one of the roles is one of these roles in the course, or a sub-role of one.
 *
 * @example
 * const mayGrade = hasContextRole(launch.roles, ['Instructor']); // also a teaching assistant
 */
export function hasContextRole(
  roles: readonly { kind?: RoleKind | undefined; name?: string | undefined }[],
  names: readonly ContextRoleName[],
): boolean {
  return roles.some(({ kind, name }) => kind === 'context' && names.some((wanted) => wanted === name));
}

/** The full URI of a role (CORE A.2). A role of no known vocabulary stays as it is. */
export function normaliseRole(text: string): string {
  if (FULL_URIS.has(text)) return text;
  const role = readRole(text);
  return role === undefined ? text : uriOf(role);
}

function uriOf({ kind, name, subRole }: LtiRole): string {
  if (kind !== 'context') return `${LIS}/${kind}/person#${name}`;
  return subRole === undefined ? `${LIS}/membership#${name}` : `${LIS}/membership/${name}#${subRole}`;
}

/** Whether one of the roles is the wanted one, or a sub-role of it. Takes every form that `readRole` reads. */
export function hasRole(roles: readonly string[], wanted: string): boolean {
  const uri = normaliseRole(wanted);
  const role = readRole(wanted);
  const subRoles =
    role?.kind === 'context' && role.subRole === undefined ? `${LIS}/membership/${role.name}#` : undefined;
  return roles
    .map(normaliseRole)
    .some((each) => each === uri || (subRoles !== undefined && each.startsWith(subRoles)));
}

function readUri(text: string): LtiRole | undefined {
  const { path = '', name = '' } = URI.exec(text)?.groups ?? {};
  const kind = VOCABULARIES.get(path.toLowerCase());
  if (kind !== undefined) return known(kind, name);
  const { principal } = SUB_ROLE_PATH.exec(path)?.groups ?? {};
  return principal === undefined ? undefined : known('context', principal, name);
}

function readUrn(text: string): LtiRole | undefined {
  const { place = '', name = '', subRole } = URN.exec(text)?.groups ?? {};
  const kind = PLACES.get(place.toLowerCase());
  return kind === undefined ? undefined : known(kind, name, subRole);
}

function readShort(text: string): LtiRole | undefined {
  const { name, subRole } = SHORT.exec(text)?.groups ?? {};
  return name === undefined ? undefined : known('context', name, subRole);
}

function known(kind: RoleKind, text: string, subRole?: string): LtiRole | undefined {
  if (kind === 'context' && text.toLowerCase() === TEACHING_ASSISTANT.toLowerCase()) {
    return known('context', 'Instructor', subRole ?? TEACHING_ASSISTANT);
  }
  const name = NAMES[kind].get(text.toLowerCase());
  if (name === undefined) return undefined;
  if (kind !== 'context' || subRole === undefined) return { kind, name };
  // A sub-role that is not in the vocabulary stays as it was written: its principal role is what counts.
  return { kind, name, subRole: SUB_ROLES.get(name)?.get(subRole.toLowerCase()) ?? subRole };
}

function byLowerCase(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/** The roles of the vocabularies as most platforms write them: they need no reading. */
const FULL_URIS: ReadonlySet<string> = new Set([
  ...(['system', 'institution'] as const).flatMap((kind) =>
    [...NAMES[kind].values()].map((name) => uriOf({ kind, name })),
  ),
  ...Object.entries(CONTEXT_ROLES).flatMap(([name, subRoles]) => [
    uriOf({ kind: 'context', name }),
    ...subRoles.split(' ').map((subRole) => uriOf({ kind: 'context', name, subRole })),
  ]),
]);
