import { type ContextRoleName, readRole } from '../../common/lti-role.js';
import { type LaunchRole } from './launch-context.schema.js';

export { type ContextRoleName } from '../../common/lti-role.js';

/** A role with its URI as the platform wrote it, and what is known of it. */
export function parseRole(uri: string): LaunchRole {
  return { uri, ...readRole(uri) };
}

/** Whether somebody has one of these roles in the course, by itself or as the principal role of a sub-role. */
export function hasContextRole(roles: readonly LaunchRole[], names: readonly ContextRoleName[]): boolean {
  return roles.some(({ kind, name }) => kind === 'context' && names.some((wanted) => wanted === name));
}
