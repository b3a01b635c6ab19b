import { numericId, type UserIdStyle, writtenUserId } from '../user-oauth/numeric-id.js';
import { type HistoryVariable } from '../families/launch-quirks.js';
import { type SimulatedLaunch } from './simulated-launch.js';

/**
 * A tool's custom parameters with the values of the launch in place of variables (CORE B). An unknown variable, or one without
 * a value, is kept.
 */
export function substituted(
  custom: Readonly<Record<string, string>>,
  { member, course, resourceLinkId = '' }: SimulatedLaunch,
  idStyle: UserIdStyle,
  historyVariables: readonly HistoryVariable[],
): Record<string, string> {
  const histories = {
    '$Context.id.history': course.originContextIds,
    '$ResourceLink.id.history': course.linkOrigins.get(resourceLinkId) ?? [],
  };
  const variables: Readonly<Record<string, string | undefined>> = {
    '$User.id': member?.userId,
    '$Context.id': course.contextId,
    // The id of the platform's own API, which is not the LTI id.
    '$Canvas.user.id': member === undefined ? undefined : String(writtenUserId(member.userId, idStyle)),
    '$Canvas.course.id': String(numericId(course.contextId)),
    ...Object.fromEntries(historyVariables.map((name) => [name, historyText(histories[name])])),
  };
  const entries = Object.entries(custom).map(([name, value]) => [
    name,
    (Object.hasOwn(variables, value) ? variables[value] : undefined) ?? value,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** An id may hold a comma, so each is URL-encoded. */
function historyText(ids: readonly string[]): string {
  return ids.map(encodeURIComponent).join(',');
}
