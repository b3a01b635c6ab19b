import { LtiError } from '../../common/lti-error.js';
import { userLabel } from '../pages/user-label.js';
import { escapeHtml, headingCells, scrolling } from '../pages/html.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { listPart } from '../pages/page-links.js';
import { isFromElsewhere, platformPage, problemPage, seeOther } from '../pages/platform-page.js';
import { coursePath } from '../pages/platform-paths.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { userOAuthPaths, userPath } from './user-oauth-paths.js';
import { type ProfileToken, UserProfile } from './user-profile.js';

const usersOnPage = 50;

/** A user's settings: the tokens that tools have, each with a button that deletes it. */
export class ProfilePage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === userOAuthPaths.profile;
  }

  answer(request: PlatformRequest): Answer {
    if (request.method === 'POST') return this.#delete(request);
    const userId = request.url.searchParams.get('user');
    return userId === null ? this.#people(request.url.searchParams.get('page')) : this.#profile(userId);
  }

  #delete(request: PlatformRequest): Answer {
    const form = new URLSearchParams(request.body);
    const userId = form.get('user') ?? '';
    if (isFromElsewhere(request)) return problemPage(403, 'Not done', 'This form is not from here.');
    try {
      new UserProfile(userId, this.#platform.userOAuth.tokens).deleteToken(Number(form.get('token')));
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      return problemPage(error.status, 'Not done', error.message);
    }
    return seeOther(userPath(userId));
  }

  #profile(userId: string): Answer {
    const { users, tokens } = this.#platform.userOAuth;
    const profile = new UserProfile(userId, tokens);
    const { name } = users.json(userId);
    const rows = profile.tokens.map((token) => row(token, userId));
    const courses = users.coursesOf(userId).map(({ contextId, title }) => {
      return `<li><a href="${escapeHtml(coursePath('course', contextId))}">${escapeHtml(title)}</a></li>`;
    });
    return platformPage({
      path: userOAuthPaths.profile,
      title: `Settings of ${name}`,
      body: `<h1>Settings of ${escapeHtml(name)}</h1>
<p>User ${profile.id}, known to tools as ${escapeHtml(userId)}</p>
<p><a href="${userOAuthPaths.profile}">Other users</a></p>
<h2>Courses</h2>
<ul class="plain">${courses.join('')}</ul>
<h2>Approved integrations</h2>
<p class="fine">Tools that may call this LMS as the user. A deleted token ends that at once.</p>
${rows.length === 0 ? '<p>There are none.</p>' : scrolling('Approved integrations', tokenTable(rows))}`,
    });
  }

  #people(page: string | null): Answer {
    const { users, tokens } = this.#platform.userOAuth;
    const part = listPart(users.first(Infinity), {
      size: usersOnPage,
      page,
      addressOf: (to) => `${userOAuthPaths.profile}?page=${to}`,
    });
    const links = part.entries.map((user) => {
      const count = tokens.of(user.userId).length;
      return `<li><a href="${escapeHtml(userPath(user.userId))}">${escapeHtml(userLabel(user))}</a>: ${count}</li>`;
    });
    return platformPage({
      path: userOAuthPaths.profile,
      title: 'Users',
      body: `<h1>Users</h1>
<p class="fine">Each with the number of tokens that the user has given to tools.</p>
<ul class="plain">
${links.join('\n')}
</ul>
${part.links}`,
    });
  }
}

function row(
  { id, clientId, purpose, createdAt, expiresAt, lastUsedAt }: ProfileToken,
  userId: string,
): string {
  const cells = [
    clientId,
    purpose ?? '',
    createdAt.toISOString(),
    expiresAt.toISOString(),
    lastUsedAt?.toISOString() ?? 'never',
  ].map((cell) => `<td>${escapeHtml(cell)}</td>`);
  return `<tr>${cells.join('')}<td><form method="post" action="${userOAuthPaths.profile}">
<input type="hidden" name="user" value="${escapeHtml(userId)}">
<button type="submit" name="token" value="${id}">Delete</button>
</form></td></tr>`;
}

function tokenTable(rows: readonly string[]): string {
  const headings = ['App', 'Purpose', 'Made', 'Expires', 'Last used', 'Change'];
  return `<table>
<thead><tr>${headingCells(headings)}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}
