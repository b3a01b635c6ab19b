import { numericId, type UserIdStyle, writtenUserId } from '../user-oauth/numeric-id.js';
import { type SimulatedLaunch } from './simulated-launch.js';

/**
 * A tool's custom parameters with the launch's values in the place of variables (CORE B). What is no known variable, or has
 * no value here, stays as it is.
 */
export function substituted(
  custom: Readonly<Record<string, string>>,
  { member, course }: SimulatedLaunch,
  idStyle: UserIdStyle,
): Record<string, string> {
  const variables: Readonly<Record<string, string | undefined>> = {
    '$User.id': member?.userId,
    '$Context.id': course.contextId,
    // The id of the platform's own API, which is not the one that LTI tells.
    '$Canvas.user.id': member === undefined ? undefined : String(writtenUserId(member.userId, idStyle)),
    '$Canvas.course.id': String(numericId(course.contextId)),
  };
  const entries = Object.entries(custom).map(([name, value]) => [
    name,
    (Object.hasOwn(variables, value) ? variables[value] : undefined) ?? value,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
