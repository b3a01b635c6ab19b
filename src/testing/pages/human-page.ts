import { gradebookTables } from './gradebook-tables.js';
import { escapeHtml, type Row, table } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { launchPageUrl } from './launch-page.js';
import { pageAnswer } from './page-answer.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { userOAuthPaths } from '../user-oauth/user-oauth-paths.js';

/** The front page: the values for a registration, the courses, and the number of requests so far. */
export class HumanPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === '/';
  }

  answer(): Answer {
    return pageAnswer({
      title: `Simulated LMS (${this.#platform.family.name})`,
      style,
      body: page(this.#platform),
    });
  }
}

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid #ddd; overflow-wrap: anywhere; vertical-align: top; }
th { white-space: nowrap; }
`;

function page(platform: PlatformState): string {
  const family = platform.family.name;
  const { counts } = platform.counters;
  return `<h1>Simulated LMS</h1>
<p>A test double in the manner of <strong>${escapeHtml(family)}</strong>. It keeps everything in memory.</p>
${table('For a registration', ['Setting', 'Value'], registrationRows(platform))}
${table('Tools', ['Client id', 'Deployments'], toolRows(platform))}
${launchLinks(platform)}
<p><a href="/_register">Register a tool by its registration URL</a></p>
<p><a href="/_copy">Copy a course</a></p>
<p><a href="${userOAuthPaths.profile}">The users' tokens</a></p>
${table('Courses', ['Context id', 'Title', 'Members', 'Memberships URL'], courseRows(platform))}
${gradebookTables([...platform.courses.values()])}
${table(
  'What it was asked',
  ['What', 'How often'],
  [
    ['Token requests', counts.tokenRequests],
    ['Tokens issued', counts.tokensIssued],
    ['Membership requests', counts.membershipRequests],
    ['Line item requests', counts.lineItemRequests],
    ['Score requests', counts.scoreRequests],
    ['Scores accepted', counts.scoresAccepted],
    ['Result requests', counts.resultRequests],
    ['Most score requests at once', platform.scoreTraffic.mostInFlight],
    ['Most of them for one user in one line item', platform.scoreTraffic.mostInFlightForOne],
    ['Key set fetches', counts.jwksFetches],
    ['Launches begun', counts.launchesStarted],
    ['Tokens for launches', counts.idTokensIssued],
    ['Deep linking responses', counts.deepLinkResponses],
    ['Content items accepted', counts.contentItemsAccepted],
    ['Fetches of the own key set', counts.platformKeyFetches],
    ["Users' tokens issued", counts.userTokensIssued],
    ["Users' tokens renewed", counts.userTokenRefreshes],
    ["Users' tokens revoked", counts.userTokenRevocations],
    ["Calls of the users' API", counts.userApiRequests],
    ...Object.entries(counts.rejected).map(([reason, count]): Row => [`Refused: ${reason}`, count]),
  ],
)}`;
}

/** The links to the launch pages of the tools. */
function launchLinks({ tools }: PlatformState): string {
  const launchable = [...tools.values()].filter(({ launch, lti11 }) => (launch ?? lti11) !== undefined);
  const links = launchable.map(
    (tool) => `<li><a href="${escapeHtml(launchPageUrl(tool))}">Launch ${escapeHtml(tool.clientId)}</a></li>`,
  );
  return links.length === 0 ? '' : `<ul>\n${links.join('\n')}\n</ul>`;
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

function toolRows(platform: PlatformState): Row[] {
  return [...platform.tools.values()].map(({ clientId, deploymentIds }) => [
    clientId,
    deploymentIds.join(', '),
  ]);
}

function courseRows(platform: PlatformState): Row[] {
  return [...platform.courses.values()].map((course) => [
    course.contextId,
    course.title,
    course.members.length,
    course.membershipsUrl,
  ]);
}
