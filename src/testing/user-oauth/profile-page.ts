import { LtiError } from '../../common/lti-error.js';
import { userLabel } from '../pages/user-label.js';
import { escapeHtml } from '../pages/html.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { pageAnswer } from '../pages/page-answer.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { type ProfileToken, UserProfile } from './user-profile.js';

// More users would make the page long; every profile can be opened by its address.
const mostUsers = 20;

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid #ddd; overflow-wrap: anywhere; vertical-align: top; }
button { font: inherit; }
`;

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
    return userId === null ? this.#people() : this.#profile(userId);
  }

  #delete(request: PlatformRequest): Answer {
    const form = new URLSearchParams(request.body);
    const userId = form.get('user') ?? '';
    if (isFromElsewhere(request)) return problemPage(403, 'This form is not from here.');
    try {
      new UserProfile(userId, this.#platform.userOAuth.tokens).deleteToken(Number(form.get('token')));
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      return problemPage(error.status, error.message);
    }
    return { status: 303, headers: { location: addressOf(userId) }, body: '' };
  }

  #profile(userId: string): Answer {
    const { users, tokens } = this.#platform.userOAuth;
    const profile = new UserProfile(userId, tokens);
    const { name } = users.json(userId);
    const rows = profile.tokens.map((token) => row(token, userId));
    return pageAnswer({
      title: `Settings of ${name}`,
      style,
      body: `<h1>Settings of ${escapeHtml(name)}</h1>
<p>User ${profile.id}, known to tools as ${escapeHtml(userId)}</p>
<table>
<caption>Approved integrations</caption>
<tr><th>App</th><th>Purpose</th><th>Made</th><th>Expires</th><th>Last used</th><th></th></tr>
${rows.join('\n')}
</table>
${rows.length === 0 ? '<p>There are none.</p>' : ''}
<p><a href="${userOAuthPaths.profile}">Other users</a> <a href="/">Front page</a></p>`,
    });
  }

  #people(): Answer {
    const { users, tokens } = this.#platform.userOAuth;
    const links = users.first(mostUsers).map((user) => {
      const count = tokens.of(user.userId).length;
      return `<li><a href="${escapeHtml(addressOf(user.userId))}">${escapeHtml(userLabel(user))}</a>: ${count}</li>`;
    });
    return pageAnswer({
      title: 'Users',
      style,
      body: `<h1>Users and how many tokens they gave</h1>\n<ul>\n${links.join('\n')}\n</ul>\n<p><a href="/">Front page</a></p>`,
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

function addressOf(userId: string): string {
  return `${userOAuthPaths.profile}?${new URLSearchParams({ user: userId }).toString()}`;
}

// A page of another site must not delete tokens (CSRF).
function isFromElsewhere({ headers }: PlatformRequest): boolean {
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host ?? ''}`;
}

function problemPage(status: number, message: string): Answer {
  return pageAnswer({ status, title: 'Not done', body: `<h1>Not done</h1>\n<p>${escapeHtml(message)}</p>` });
}
