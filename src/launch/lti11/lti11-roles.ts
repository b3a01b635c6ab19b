import { parseRole } from '../context/launch-roles.js';
import { type LaunchRole } from '../context/launch-context.schema.js';
import { Lti11ParameterInvalid } from './lti11-launch.errors.js';

const MAX_ROLES = 100;
const MAX_ROLE = 1024;

const LIS = 'http://purl.imsglobal.org/vocab/lis/v2/';
/** LTI 1.1.1 A.2: where the role holds, by the start of its URN. */
const URN = /^urn:lti:(role|sysrole|instrole):ims\/lis\/([^/]+)(?:\/([^/]+))?$/;

/** LTI 1.1 has the assistant as a role of its own; since LIS 2 it is an instructor's sub-role (CORE A.2.3.1). */
const ASSISTANT = 'TeachingAssistant';

/**
 * The roles of a launch by LTI 1.1: a list with commas, of short names and URNs.
 *
 * @throws Lti11ParameterInvalid
 */
export function parseLti11Roles(list: string): LaunchRole[] {
  const roles = list
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  if (roles.length > MAX_ROLES) throw new Lti11ParameterInvalid('roles', `has more than ${MAX_ROLES} roles`);
  if (roles.some((role) => role.length > MAX_ROLE)) {
    throw new Lti11ParameterInvalid('roles', `has a role of more than ${MAX_ROLE} characters`);
  }
  // The URI stays as the platform wrote it.
  return roles.map((role) => ({ ...parseRole(uriOf(role)), uri: role }));
}

/** Its URI in LTI 1.3; what has none stays as it is. */
function uriOf(role: string): string {
  const [, place, name = role, subRole] = URN.exec(role) ?? [];
  if (place === 'sysrole') return `${LIS}system/person#${name}`;
  if (place === 'instrole') return `${LIS}institution/person#${name}`;
  if (name === ASSISTANT) return `${LIS}membership/Instructor#${subRole ?? ASSISTANT}`;
  if (place === undefined) return role;
  return subRole === undefined ? `${LIS}membership#${name}` : `${LIS}membership/${name}#${subRole}`;
}
