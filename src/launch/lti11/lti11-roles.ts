import { parseRole } from '../../common/lti-role.js';
import { type LaunchRole } from '../context/launch-context.schema.js';
import { lti11Errors } from './lti11.errors.js';

const MAX_ROLES = 100;
const MAX_ROLE = 1024;

/**
 * The roles of a launch by LTI 1.1: a list with commas, of short names and URNs.
 *
 * @throws {LaunchRefused} `lti11_parameter_invalid`
 */
export function parseLti11Roles(list: string): LaunchRole[] {
  const roles = list
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  if (roles.length > MAX_ROLES)
    throw lti11Errors.parameterInvalid('roles', `has more than ${MAX_ROLES} roles`);
  if (roles.some((role) => role.length > MAX_ROLE)) {
    throw lti11Errors.parameterInvalid('roles', `has a role of more than ${MAX_ROLE} characters`);
  }
  return roles.map(parseRole);
}
