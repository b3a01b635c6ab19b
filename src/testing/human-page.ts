import { type Answer } from './http-exchange.js';
import { type PlainRoute } from './platform-server.js';
import { type PlatformState } from './platform-state.js';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

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
${table(
  'What it was asked',
  ['What', 'How often'],
  [
    ['Token requests', counts.tokenRequests],
    ['Tokens issued', counts.tokensIssued],
    ['Membership requests', counts.membershipRequests],
    ['Key set fetches', counts.jwksFetches],
    ...Object.entries(counts.rejected).map(([reason, count]): Row => [`Refused: ${reason}`, count]),
  ],
)}
</body>
</html>
`;
}

type Row = readonly (string | number)[];

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

function table(caption: string, headings: Row, rows: readonly Row[]): string {
  const cells = (row: Row, name: 'th' | 'td') =>
    row.map((cell) => `<${name}>${escapeHtml(String(cell))}</${name}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<table>\n<caption>${escapeHtml(caption)}</caption>\n<tr>${cells(headings, 'th')}</tr>\n${body}\n</table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
