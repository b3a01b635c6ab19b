import { escapeHtml } from '../pages/html.js';
import { type Answer } from '../http/http-exchange.js';
import { pageAnswer } from '../pages/page-answer.js';
import { userLabel } from '../pages/user-label.js';
import { type PlatformUsers } from './platform-users.js';
import { type UserAuthorization } from './user-authorization.js';
import { userOAuthPaths } from './user-oauth-paths.js';

// More users would make the page long; any other one can be entered by hand.
const mostUsers = 20;

/** The page where a user allows or denies access. The platform has no log-in, so the page asks who the user is. */
export function consentPage(
  asked: UserAuthorization,
  parameters: URLSearchParams,
  users: PlatformUsers,
): Answer {
  const { client, purpose, scopes, forcesLogin } = asked;
  const buttons = users
    .first(mostUsers)
    .map(
      (user) =>
        `<button type="submit" name="sim_user" value="${escapeHtml(user.userId)}">${escapeHtml(userLabel(user))}</button>`,
    );
  return pageAnswer({
    title: 'Authorize',
    leavesByForm: true,
    body: `<main>
<h1>Authorize ${escapeHtml(client.clientId)}</h1>
<p>It asks for access to your account.${purpose === undefined ? '' : ` Purpose: ${escapeHtml(purpose)}.`}</p>
${forcesLogin ? '<p>It wants you to log in again.</p>' : ''}
<ul>
${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('\n')}
</ul>
<form method="post" action="${userOAuthPaths.accept}">
${[...parameters].map(([name, value]) => hidden(name, value)).join('\n')}
<p>Authorize as:</p>
<div>
${buttons.join('\n')}
</div>
<p><label>Somebody else's LTI user id <input name="sim_other_user"></label> <button type="submit">Authorize</button></p>
<p><button type="submit" name="sim_cancel" value="1">Cancel</button></p>
</form>
</main>`,
  });
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
}
