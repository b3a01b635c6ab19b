import { launchAttackNames } from '../launch/attacks/launch-attacks.js';
import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { messageTypes } from '../launch/claim-names.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { shortRole, userLabel } from './user-label.js';
import { platformPage } from './platform-page.js';
import { platformStorage } from './platform-storage.js';

// More users would make the page long; the address can name any other one.
const mostUsers = 20;

type Option = readonly [value: string, text: string];

/** The page to choose the user, the link, the kind of launch and the attack. */
export function launchPage(
  tool: SimulatedTool,
  courses: readonly SimulatedCourse[],
  course: SimulatedCourse,
  storageTarget: string | undefined,
): Answer {
  const versions: Option[] = [
    ...(tool.launch === undefined ? [] : [['1.3', '1.3'] as const]),
    ...(tool.lti11 === undefined ? [] : [['1.1', '1.1'] as const]),
  ];
  const storage = platformStorage(storageTarget);
  return platformPage({
    title: `Launch ${tool.clientId}`,
    showsFrames: storage.hasFrame,
    body: `<h1>Launch ${escapeHtml(tool.clientId)}</h1>
${courseLinks(tool, courses, course)}
<form method="get" action="/_launch/frame" rel="opener">
<input type="hidden" name="client_id" value="${escapeHtml(tool.clientId)}">
<input type="hidden" name="context_id" value="${escapeHtml(course.contextId)}">
<div class="row">
${launchFields(course)}
${choice('message_type', 'Message type', messageTypes.map(same))}
${choice('deployment_id', 'Deployment', tool.deploymentIds.map(same))}
${choice('version', 'LTI version', versions)}
${storageTarget === undefined ? '' : choice('storage', `Platform storage (${storageTarget})`, [same('on'), same('off')])}
${tool.lti11 === undefined ? '' : choice('migrate', 'With the ids of LTI 1.1', [same('no'), same('yes')])}
${choice('attack', 'Attack', [['', 'none'], ...launchAttackNames.map(same)])}
</div>
<button type="submit" class="main">In a frame</button>
<button type="submit" formaction="/_launch/window" formtarget="lti-tool">In a window</button>
</form>
${storage.frame}`,
    // In a window, the tool finds the storage at its opener.
    script: storage.script,
  });
}

/** The choice of the user and of the resource link. */
export function launchFields(course: SimulatedCourse): string {
  return `${choice('user_id', 'User', userOptions(course))}
${choice('resource_link_id', 'Resource link', linkOptions(course))}`;
}

export function launchPageUrl(tool: SimulatedTool, course?: SimulatedCourse): string {
  const query = new URLSearchParams({ client_id: tool.clientId });
  if (course !== undefined) query.set('context_id', course.contextId);
  return `/_launch?${query.toString()}`;
}

function courseLinks(
  tool: SimulatedTool,
  courses: readonly SimulatedCourse[],
  chosen: SimulatedCourse,
): string {
  const links = courses.map((course) =>
    course === chosen
      ? `<strong>${escapeHtml(course.title)}</strong>`
      : `<a href="${escapeHtml(launchPageUrl(tool, course))}">${escapeHtml(course.title)}</a>`,
  );
  return `<p>Course: ${links.join(', ')}</p>`;
}

function userOptions({ members }: SimulatedCourse): Option[] {
  const named = members
    .slice(0, mostUsers)
    .map((member): Option => [member.userId, [userLabel(member), ...member.roles.map(shortRole)].join(', ')]);
  return [...named, ['', 'Nobody (anonymous)']];
}

/** Links that a tool made by deep linking have its titles. */
function linkOptions({ resourceLinkIds, resourceLinks }: SimulatedCourse): Option[] {
  return resourceLinkIds.map((id): Option => {
    const title = resourceLinks.find((link) => link.id === id)?.title;
    return [id, title === undefined ? id : `${title} (${id})`];
  });
}

function same(value: string): Option {
  return [value, value];
}

function choice(name: string, label: string, options: readonly Option[]): string {
  const items = options.map(
    ([value, text]) => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`,
  );
  return `<label>${escapeHtml(label)}<select name="${name}">${items.join('')}</select></label>`;
}
