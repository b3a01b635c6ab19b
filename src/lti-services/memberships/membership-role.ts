const VOCABULARY = 'http://purl.imsglobal.org/vocab/lis/v2';
const CONTEXT_ROLE = `${VOCABULARY}/membership`;
const INSTITUTION_ROLE = `${VOCABULARY}/institution/person`;
const SYSTEM_ROLE = `${VOCABULARY}/system/person`;

/** CORE A.2.3: the roles that have short names. */
const CONTEXT_ROLES: ReadonlySet<string> = new Set([
  'Administrator',
  'ContentDeveloper',
  'Instructor',
  'Learner',
  'Manager',
  'Member',
  'Mentor',
  'Officer',
]);
/** A role of its own in LTI 1.1, and a sub-role since. */
const TEACHING_ASSISTANT = `${CONTEXT_ROLE}/Instructor#TeachingAssistant`;

/** `urn:lti:role:ims/lis/Instructor`, `urn:lti:instrole:ims/lis/Student`, and sub-roles behind another slash (LTI 1.1 A). */
const LTI_11_ROLE = /^urn:lti:(role|instrole|sysrole):ims\/lis\/([\w-]+)(?:\/([\w-]+))?$/;
const SHORT_ROLE = /^([\w-]+)(?:[#/]([\w-]+))?$/;

/**
 * The full URI of a role (CORE A.2) that a platform gave by its short name (`Learner`, `Instructor#TeachingAssistant`) or in
 * the form of LTI 1.1. Full URIs, and roles that nobody knows, stay as they are.
 */
export function normaliseRole(role: string): string {
  const old = LTI_11_ROLE.exec(role);
  if (old !== null) {
    const [, kind, name = '', subRole] = old;
    if (kind === 'instrole') return `${INSTITUTION_ROLE}#${name}`;
    if (kind === 'sysrole') return `${SYSTEM_ROLE}#${name}`;
    return contextRole(name, subRole);
  }
  const [, name = '', subRole] = SHORT_ROLE.exec(role) ?? [];
  const isShort = CONTEXT_ROLES.has(name) || (name === 'TeachingAssistant' && subRole === undefined);
  return isShort ? contextRole(name, subRole) : role;
}

/** Whether one of the roles is the wanted one, or a sub-role of it. Any of the forms that `normaliseRole` reads will do. */
export function hasRole(roles: readonly string[], wanted: string): boolean {
  const role = normaliseRole(wanted);
  const principal = role.startsWith(`${CONTEXT_ROLE}#`) ? role.slice(CONTEXT_ROLE.length + 1) : undefined;
  return roles
    .map(normaliseRole)
    .some(
      (each) =>
        each === role || (principal !== undefined && each.startsWith(`${CONTEXT_ROLE}/${principal}#`)),
    );
}

function contextRole(name: string, subRole: string | undefined): string {
  if (name === 'TeachingAssistant') return TEACHING_ASSISTANT;
  return subRole === undefined ? `${CONTEXT_ROLE}#${name}` : `${CONTEXT_ROLE}/${name}#${subRole}`;
}
