import { gradebookTables } from './gradebook-tables.js';
import { escapeHtml, type Row, table } from './html.js';
import { type Answer } from './http-exchange.js';
import { type PlainRoute } from './platform-server.js';
import { type PlatformState } from './platform-state.js';

/** The front page: what to copy into a registration, the courses, and what the platform was asked so far. */
export class HumanPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === '/';
  }

  answer(): Answer {
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
      body: page(this.#platform),
    };
  }
}

function page(platform: PlatformState): string {
  const family = platform.family.name;
  const { counts } = platform.counters;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated LMS (${escapeHtml(family)})</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid #ddd; overflow-wrap: anywhere; vertical-align: top; }
</style>
</head>
<body>
<h1>Simulated LMS</h1>
<p>A test double in the manner of <strong>${escapeHtml(family)}</strong>. It keeps everything in memory.</p>
${table('For a registration', ['Setting', 'Value'], registrationRows(platform))}
${table('Tools', ['Client id', 'Deployments'], toolRows(platform))}
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
    ...Object.entries(counts.rejected).map(([reason, count]): Row => [`Refused: ${reason}`, count]),
  ],
)}
</body>
</html>
`;
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
