import { type Answer } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { escapeHtml, type Row, table } from './html.js';
import { launchPageUrl } from './launch-page.js';
import { platformPage } from './platform-page.js';
import { coursePath, platformPaths } from './platform-paths.js';

/** The front page: the courses, the tools, and the values for a registration. */
export class HomePage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.home;
  }

  answer(): Answer {
    const { family, courses } = this.#platform;
    return platformPage({
      path: platformPaths.home,
      title: `Simulated LMS (${family.name})`,
      body: `<h1>Courses</h1>
<p class="fine">A learning management system for tests, in the manner of <strong>${escapeHtml(family.name)}</strong>. It keeps everything in memory.</p>
${courses.size === 0 ? '<p>There is no course yet.</p>' : `<ul class="cards">\n${[...courses.values()].map(courseCard).join('\n')}\n</ul>`}
<h2>Tools</h2>
${toolList(this.#platform)}
${table('For a registration', ['Setting', 'Value'], registrationRows(this.#platform))}`,
    });
  }
}

function courseCard({ contextId, title, members, gradebook, toolWithdrawn }: SimulatedCourse): string {
  const columns = gradebook.lineItems.length;
  return `<li><a href="${escapeHtml(coursePath('course', contextId))}">${escapeHtml(title)}</a>
<p class="fine">${members.length} members, ${columns} ${columns === 1 ? 'line item' : 'line items'}${toolWithdrawn ? ', the tool is removed' : ''}</p></li>`;
}

function toolList({ tools, keysOff }: PlatformState): string {
  if (tools.size === 0)
    return `<p>No tool is registered. <a href="${platformPaths.register}">Register one by its URL</a>.</p>`;
  const items = [...tools.values()].map((tool) => {
    const { clientId, deploymentIds, launch, lti11 } = tool;
    const name = escapeHtml(clientId);
    const entry =
      (launch ?? lti11) === undefined
        ? name
        : `<a href="${escapeHtml(launchPageUrl(tool))}">Launch ${name}</a>`;
    const deployments = escapeHtml(deploymentIds.join(', '));
    return `<li>${entry} <span class="fine">deployments: ${deployments}${keysOff.has(clientId) ? '; switched off' : ''}</span></li>`;
  });
  return `<ul class="plain">\n${items.join('\n')}\n</ul>`;
}

function registrationRows(platform: PlatformState): Row[] {
  return [
    ['Issuer', platform.issuer],
    ['Authorization URL', platform.authorizationUrl],
    ['Token URL', platform.tokenUrl],
    ['Token audience', platform.tokenAudience],
    ['Key set URL', platform.jwksUrl],
    ['Platform family', platform.family.name],
  ];
}
