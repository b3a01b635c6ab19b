import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { userOAuthPaths } from '../user-oauth/user-oauth-paths.js';
import { escapeHtml } from './html.js';
import { type Page, pageAnswer } from './page-answer.js';
import { platformPaths } from './platform-paths.js';

const links = [
  [platformPaths.home, 'Courses'],
  [userOAuthPaths.profile, 'Users'],
  [platformPaths.faults, 'Faults'],
  [platformPaths.register, 'Register a tool'],
  [platformPaths.requests, 'Requests'],
] as const;

/** A page of the platform with its navigation. `path` is the entry of the navigation that it belongs to. */
export function platformPage({ path, body, ...page }: Page & { readonly path?: string }): Answer {
  const entries = links.map(
    ([href, text]) => `<a href="${href}"${href === path ? ' aria-current="page"' : ''}>${text}</a>`,
  );
  return pageAnswer({
    ...page,
    body: `<header><div><strong>Simulated LMS</strong>
<nav aria-label="Pages">${entries.join('\n')}</nav></div></header>
<main>
${body}
</main>`,
  });
}

/** The page of a request that cannot be answered. */
export function problemPage(status: number, title: string, text: string): Answer {
  return platformPage({ status, title, body: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(text)}</p>` });
}

/** Whether another site sent the form: it must not change anything (CSRF). */
export function isFromElsewhere({ headers }: PlatformRequest): boolean {
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host ?? ''}`;
}

/** The page to show after a form was posted, so that a reload does not post it again. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { location }, body: '' };
}
