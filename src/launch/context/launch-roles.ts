import { type LaunchRole } from './launch-context.schema.js';

/** CORE A.2.3: roles in a course. */
const contextRoles = [
  'Administrator',
  'ContentDeveloper',
  'Instructor',
  'Learner',
  'Manager',
  'Member',
  'Mentor',
  'Officer',
] as const;

/** CORE A.2.2: roles in a school. */
const institutionRoles = [
  'Administrator',
  'Alumni',
  'Faculty',
  'Guest',
  'Instructor',
  'Learner',
  'Member',
  'Mentor',
  'None',
  'Observer',
  'Other',
  'ProspectiveStudent',
  'Staff',
  'Student',
] as const;

/** CORE A.2.1 and A.2.5: roles in the platform. */
const systemRoles = [
  'AccountAdmin',
  'Administrator',
  'Creator',
  'None',
  'SysAdmin',
  'SysSupport',
  'TestUser',
  'User',
] as const;

export type ContextRoleName = (typeof contextRoles)[number];

const known: Readonly<Record<NonNullable<LaunchRole['kind']>, readonly string[]>> = {
  context: contextRoles,
  institution: institutionRoles,
  system: systemRoles,
};

const LIS = 'http://purl.imsglobal.org/vocab/lis/v2/';

/** Where a role's URI says that it holds: the part between the vocabulary and the name. */
const kinds = new Map<string, NonNullable<LaunchRole['kind']>>(
  Object.entries({
    [`${LIS}membership`]: 'context',
    [`${LIS}institution/person`]: 'institution',
    // As LTI 1.3 wrote it before its final form; platforms still do.
    [`${LIS}person`]: 'institution',
    [`${LIS}system/person`]: 'system',
    'http://purl.imsglobal.org/vocab/lti/system/person': 'system',
  } as const),
);

/** A role as the platform wrote it: a URI, or the short name of a role in the course. What we do not know is kept as it is. */
export function parseRole(uri: string): LaunchRole {
  const hash = uri.indexOf('#');
  if (hash === -1) return known.context.includes(uri) ? { uri, kind: 'context', name: uri } : { uri };
  const vocabulary = uri.slice(0, hash);
  const name = uri.slice(hash + 1);
  const kind = kinds.get(vocabulary);
  if (kind !== undefined) return known[kind].includes(name) ? { uri, kind, name } : { uri };

  // Such as .../membership/Instructor#TeachingAssistant
  const slash = vocabulary.lastIndexOf('/');
  const principal = vocabulary.slice(slash + 1);
  if (kinds.get(vocabulary.slice(0, slash)) !== 'context' || !known.context.includes(principal))
    return { uri };
  return { uri, kind: 'context', name: principal, subRole: name };
}

/** Whether somebody has one of these roles in the course, by itself or as the principal role of a sub-role. */
export function hasContextRole(roles: readonly LaunchRole[], names: readonly ContextRoleName[]): boolean {
  return roles.some(({ kind, name }) => kind === 'context' && names.some((wanted) => wanted === name));
}
