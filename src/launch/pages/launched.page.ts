import { type LaunchContext, type LaunchRole, type LaunchUser } from '../context/launch-context.schema.js';
import { type Html, html } from './html.js';
import { type LaunchPage, launchPage } from './launch-page.js';

/** Shows the user, course and services of a launch: for a test of the platform before there is a tool. */
export function launchedPage(launch: LaunchContext, sessionId: string): LaunchPage {
  return launchPage({
    title: 'The launch works',
    main: html`<h1>The launch works</h1>
      <p>
        This is what the platform says. No tool is configured yet (TOOL_URLS, or launches.handler): this page
        stands in for it.
      </p>
      <dl>
        ${[...rowsOf(launch), ['Launch session', sessionId] satisfies Row].map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value ?? '-'}</dd> `,
        )}
      </dl>`,
  });
}

type Row = [name: string, value: string | Html | undefined];

function rowsOf(launch: LaunchContext): Row[] {
  const { user, context, resourceLink, platform, deepLinking, forUser } = launch;
  const rows: (Row | undefined)[] = [
    ['User', user === undefined ? 'anonymous' : personOf(user)],
    ['E-mail', user?.email],
    ['Roles', listOf(launch.roles.map(roleOf))],
    forUser && ['Submission of', personOf(forUser)],
    ['Course', context && titled(context.title ?? context.label, context.id)],
    ['Recorded as course', launch.courseId],
    ['Resource link', resourceLink && titled(resourceLink.title, resourceLink.id)],
    deepLinking && ['Content wanted', listOf(deepLinking.acceptTypes)],
    ['Services', listOf(servicesOf(launch))],
    ['Message', `${launch.messageType}, LTI ${launch.version}`],
    ['Target', launch.targetLinkUri],
    ['Platform', platform && listOf(platformParts(platform))],
    ['Registration', launch.registrationId],
    ['Deployment', launch.deploymentId],
  ];
  return rows.filter((row) => row !== undefined);
}

function personOf(person: Pick<LaunchUser, 'id' | 'name' | 'givenName' | 'familyName'>): string {
  const { id, name, givenName, familyName } = person;
  const parts = [givenName, familyName].filter((part) => part !== undefined);
  return titled(name ?? (parts.length > 0 ? parts.join(' ') : undefined), id);
}

function titled(title: string | undefined, id: string): string {
  return title === undefined || title === '' ? id : `${title} (${id})`;
}

function roleOf({ uri, kind, name, subRole }: LaunchRole): string {
  if (name === undefined) return uri;
  const full = subRole === undefined ? name : `${name}: ${subRole}`;
  return kind === undefined ? full : `${full} (${kind})`;
}

function servicesOf({ memberships, grades, basicOutcome }: LaunchContext): string[] {
  const services: [string, unknown][] = [
    ['names and roles (NRPS 2.0)', memberships],
    ['line items (AGS 2.0)', grades?.lineItemsUrl],
    ['the line item of this link (AGS 2.0)', grades?.lineItemId],
    ['basic outcome (LTI 1.1)', basicOutcome?.serviceUrl],
  ];
  return services.filter(([, url]) => url !== undefined).map(([name]) => name);
}

function platformParts(platform: NonNullable<LaunchContext['platform']>): string[] {
  const { name, productFamilyCode, version, guid, url } = platform;
  const product = [productFamilyCode, version].filter((part) => part !== undefined).join(' ');
  return [name ?? '', product, guid ?? '', url ?? ''].filter((word) => word !== '');
}

function listOf(words: readonly string[]): Html | undefined {
  if (words.length === 0) return undefined;
  return html`<ul>
    ${words.map((word) => html`<li>${word}</li>`)}
  </ul>`;
}
