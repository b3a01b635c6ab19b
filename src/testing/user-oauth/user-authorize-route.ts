import { NotFound } from '../../common/reactions.errors.js';
import { escapeHtml } from '../pages/html.js';
import { type Answer, mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { pageAnswer } from '../pages/page-answer.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { consentPage } from './consent-page.js';
import { callbackUrl, readUserAuthorization, type UserAuthorization } from './user-authorization.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { UserAuthorizationRefused } from './user-oauth.errors.js';
import { testingErrors } from '../testing.errors.js';

const { authorize, accept } = userOAuthPaths;

/** The page where a user allows a tool to use the API, and the actions of its buttons. */
export class UserAuthorizeRoute implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === authorize || path === accept;
  }

  answer(request: PlatformRequest): Answer {
    const parameters = parametersOf(request);
    const { userOAuth, counters } = this.#platform;
    try {
      const asked = readUserAuthorization(parameters, userOAuth.clients);
      const { pathname } = request.url;
      if (pathname === authorize) counters.counts.userAuthorizations += 1;
      if (asked.error !== undefined) return backToTool(asked, parameters, { error: asked.error });
      return pathname === authorize ? this.#ask(asked, parameters) : this.#take(asked, parameters);
    } catch (error) {
      if (!(error instanceof UserAuthorizationRefused || error instanceof NotFound)) throw error;
      if (error instanceof UserAuthorizationRefused) counters.countRejection(error.reason);
      return problemPage(error.status, error.message);
    }
  }

  #ask(asked: UserAuthorization, parameters: URLSearchParams): Answer {
    const { standingConsent, users } = this.#platform.userOAuth;
    if (standingConsent === undefined) {
      if (asked.isSilent) return backToTool(asked, parameters, { error: 'login_required' });
      return consentPage(asked, parameters, users);
    }
    if ('error' in standingConsent) return backToTool(asked, parameters, standingConsent);
    const { userId } = standingConsent;
    const needsPage = asked.isSilent && !this.#hasAllowed(userId, asked);
    return needsPage
      ? backToTool(asked, parameters, { error: 'interaction_required' })
      : this.#allow(userId, asked, parameters);
  }

  #take(asked: UserAuthorization, parameters: URLSearchParams): Answer {
    // The browser also sends the field that was not used, which is empty.
    const userId = [parameters.get('sim_other_user'), parameters.get('sim_user')].find(Boolean);
    if (parameters.has('sim_cancel') || typeof userId !== 'string') {
      return backToTool(asked, parameters, { error: 'access_denied' });
    }
    if (this.#platform.userOAuth.users.find(userId) === undefined) throw testingErrors.userNotFound(userId);
    return this.#allow(userId, asked, parameters);
  }

  #allow(userId: string, asked: UserAuthorization, parameters: URLSearchParams): Answer {
    const { client, scopes, purpose, redirectUri } = asked;
    const code = this.#platform.userOAuth.codes.issue({ client, userId, scopes, purpose }, redirectUri);
    return backToTool(asked, parameters, { code });
  }

  #hasAllowed(userId: string, { client, scopes }: UserAuthorization): boolean {
    return this.#platform.userOAuth.tokens
      .of(userId)
      .some(
        (token) =>
          token.client.clientId === client.clientId && scopes.every((scope) => token.scopes.includes(scope)),
      );
  }
}

function parametersOf({ method, url, headers, body }: PlatformRequest): URLSearchParams {
  const isForm = mediaType(headers['content-type']) === 'application/x-www-form-urlencoded';
  return method === 'POST' && isForm ? new URLSearchParams(body) : url.searchParams;
}

function backToTool(
  asked: UserAuthorization,
  parameters: URLSearchParams,
  answer: Readonly<Record<string, string>>,
): Answer {
  const location = callbackUrl(asked, parameters, answer);
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

function problemPage(status: number, message: string): Answer {
  return pageAnswer({
    status,
    title: 'This cannot be allowed',
    body: `<h1>This cannot be allowed</h1>\n<p>${escapeHtml(message)}</p>`,
  });
}
