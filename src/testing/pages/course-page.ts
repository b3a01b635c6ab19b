import { LtiError } from '../../common/lti-error.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { userPath } from '../user-oauth/user-oauth-paths.js';
import { escapeHtml, headingCells, scrolling } from './html.js';
import { launchFields, launchPageUrl } from './launch-page.js';
import { listPart } from './page-links.js';
import { isFromElsewhere, platformPage, problemPage, seeOther } from './platform-page.js';
import { coursePath, platformPaths } from './platform-paths.js';
import { platformStorage } from './platform-storage.js';
import { shortRole } from './user-label.js';

const MEMBERS_ON_PAGE = 25;

/** A course: its content, the ways to open a tool from it, and its members. */
export class CoursePage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.course;
  }

  answer(request: PlatformRequest): Answer {
    try {
      return request.method === 'POST' ? this.#change(request) : this.#page(request.url.searchParams);
    } catch (error) {
      if (error instanceof LtiError) return problemPage(error.status, 'No course', error.message);
      throw error;
    }
  }

  /** Removes the tool from the course, or puts it back. */
  #change(request: PlatformRequest): Answer {
    if (isFromElsewhere(request)) return problemPage(403, 'Not done', 'This form is not from here.');
    const form = new URLSearchParams(request.body);
    const course = this.#platform.course(form.get('context_id') ?? '');
    course.toolWithdrawn = form.get('tool') === 'remove';
    return seeOther(coursePath('course', course.contextId));
  }

  #page(parameters: URLSearchParams): Answer {
    const course = this.#platform.course(parameters.get('context_id') ?? '');
    const tools = [...this.#platform.tools.values()].filter(({ launch }) => launch !== undefined);
    const storage = platformStorage(this.#platform.family.launch.storageTarget);
    const { contextId, title, members, originContextIds } = course;
    const [origin] = originContextIds;
    return platformPage({
      title,
      showsFrames: storage.hasFrame,
      body: `<h1>${escapeHtml(title)}</h1>
<p class="fine">${members.length} members. Context id: ${escapeHtml(contextId)}.${origin === undefined ? '' : ` A copy of ${escapeHtml(origin)}.`}</p>
<p><a href="${escapeHtml(coursePath('gradebook', contextId))}">Gradebook</a> &nbsp; <a href="${escapeHtml(coursePath('copy', contextId))}">Copy this course</a></p>
<h2>Content</h2>
${contentList(course, tools[0])}
${tools.map((tool) => toolForm(course, tool)).join('\n')}
${tools.length === 0 ? `<p>No tool can be launched yet. <a href="${platformPaths.register}">Register one by its URL</a>.</p>` : withdrawal(course)}
<h2>Members</h2>
${memberTable(course, parameters.get('page'))}
${storage.frame}`,
      // In a window, the tool finds the storage at its opener.
      script: storage.script,
    });
  }
}

/** What the tool has added by deep linking. */
function contentList({ contextId, resourceLinks, members }: SimulatedCourse, tool?: SimulatedTool): string {
  if (resourceLinks.length === 0)
    return '<p>There is no content yet. A teacher adds some with “Pick content”.</p>';
  const [opener] = members;
  const items = resourceLinks.map(({ id, title, lineItemUrl }) => {
    const name = escapeHtml(title ?? id);
    const graded = lineItemUrl === undefined ? '' : ' <span class="fine">graded</span>';
    if (tool === undefined || opener === undefined) return `<li>${name}${graded}</li>`;
    const address = `/_launch/frame?${new URLSearchParams({
      client_id: tool.clientId,
      context_id: contextId,
      user_id: opener.userId,
      resource_link_id: id,
    }).toString()}`;
    return `<li><a href="${escapeHtml(address)}">${name}</a>${graded}</li>`;
  });
  return `<ul class="plain">\n${items.join('\n')}\n</ul>`;
}

function toolForm(course: SimulatedCourse, tool: SimulatedTool): string {
  const name = escapeHtml(tool.clientId);
  return `<form class="card" method="get" action="/_launch/frame" rel="opener" aria-label="Open ${name}">
<p class="fine">Tool ${name}</p>
<input type="hidden" name="client_id" value="${name}">
<input type="hidden" name="context_id" value="${escapeHtml(course.contextId)}">
<div class="row">${launchFields(course)}</div>
<div class="row">
<button type="submit" class="main">Open in a frame</button>
<button type="submit" formaction="/_launch/window" formtarget="lti-tool">Open in a window</button>
<button type="submit" name="message_type" value="LtiDeepLinkingRequest">Pick content</button>
<a href="${escapeHtml(launchPageUrl(tool, course))}">More ways, and attacks</a>
</div>
</form>`;
}

function withdrawal({ contextId, toolWithdrawn }: SimulatedCourse): string {
  const [value, text] = toolWithdrawn
    ? ['return', 'Put the tools back into this course']
    : ['remove', 'Remove the tools from this course'];
  return `<form method="post" action="${platformPaths.course}" class="row">
<input type="hidden" name="context_id" value="${escapeHtml(contextId)}">
<button type="submit" name="tool" value="${value}">${text}</button>
${toolWithdrawn ? '<span role="status">The course refuses every token.</span>' : ''}
</form>`;
}

function memberTable({ contextId, members }: SimulatedCourse, page: string | null): string {
  const { entries, links } = listPart(members, {
    size: MEMBERS_ON_PAGE,
    page,
    addressOf: (to) => coursePath('course', contextId, { page: String(to) }),
  });
  const rows = `<table>
<thead><tr>${headingCells(['Name', 'Role', 'E-mail', 'User id'])}</tr></thead>
<tbody>
${entries.map(memberRow).join('\n')}
</tbody>
</table>`;
  return `${scrolling('Members', rows)}
${links}`;
}

function memberRow({ userId, name, roles, email }: SimulatedMember): string {
  return `<tr><td><a href="${escapeHtml(userPath(userId))}">${escapeHtml(name ?? userId)}</a></td><td>${escapeHtml(
    roles.map(shortRole).join(', '),
  )}</td><td>${escapeHtml(email ?? '')}</td><td>${escapeHtml(userId)}</td></tr>`;
}
