import { forgedToken } from './attacks/forged-token.js';
import { attackerKeysPath } from './attacks/attacker-keys-route.js';
import { type FormField } from '../browser/form-field.js';
import { escapeHtml } from '../pages/html.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { autoSubmitPage } from '../pages/auto-submit-page.js';
import { pageAnswer } from '../pages/page-answer.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { AuthorizationRefused } from './authorization.errors.js';
import { AuthorizationRequest } from './authorization-request.js';
import { launchClaims } from './launch-claims.js';
import { type SimulatedLaunch } from './simulated-launch.js';

/** The authorization end point (SEC 5.1.1). It answers an authentication request with an id_token, which the browser posts. */
export class AuthorizationRoute implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === this.#platform.family.paths.authorization;
  }

  async answer(request: PlatformRequest): Promise<Answer> {
    try {
      const asked = AuthorizationRequest.read(request);
      const { clientId, redirectUri } = this.#recipient(asked);
      return autoSubmitPage('Opening the tool', {
        action: redirectUri,
        fields: await this.#fieldsFor(asked, clientId),
      });
    } catch (error) {
      if (!(error instanceof AuthorizationRefused)) throw error;
      this.#platform.counters.countRejection(error.reason);
      // RFC 6749 3.1.2.4: never redirect to an address that is not registered.
      return pageAnswer({
        status: 400,
        title: 'This launch cannot go on',
        body: `<h1>This launch cannot go on</h1>\n<p>${escapeHtml(error.message)}</p>`,
      });
    }
  }

  #recipient(asked: AuthorizationRequest): { clientId: string; redirectUri: string } {
    const clientId = asked.parameter('client_id');
    const launch = this.#platform.tools.get(clientId)?.launch;
    if (launch === undefined)
      throw new AuthorizationRefused('unknown_client', 'The platform does not know this client_id.');
    const redirectUri = asked.parameter('redirect_uri');
    if (!launch.redirectUris.includes(redirectUri)) {
      throw new AuthorizationRefused('unregistered_redirect_uri', 'The redirect_uri is not registered.');
    }
    return { clientId, redirectUri };
  }

  async #fieldsFor(asked: AuthorizationRequest, clientId: string): Promise<readonly FormField[]> {
    try {
      asked.check(new URL(this.#platform.authorizationUrl).searchParams);
      return await this.#launched(this.#launchOf(asked, clientId), asked);
    } catch (error) {
      if (!(error instanceof AuthorizationRefused)) throw error;
      this.#platform.counters.countRejection(error.reason);
      const state = asked.state();
      return [
        ['error', error.error],
        ['error_description', error.message],
        ...(state === undefined ? [] : [['state', state] as const]),
      ];
    }
  }

  #launchOf(asked: AuthorizationRequest, clientId: string): SimulatedLaunch {
    const launch = this.#platform.launches.find(asked.parameter('lti_message_hint'));
    if (launch?.tool.clientId !== clientId) {
      throw new AuthorizationRefused(
        'unknown_message_hint',
        'The lti_message_hint is of no launch of this tool.',
      );
    }
    if (launch.loginHint !== asked.parameter('login_hint')) {
      throw new AuthorizationRefused(
        'wrong_login_hint',
        'The login_hint is of another user.',
        'login_required',
      );
    }
    if (launch.isUsed && this.#platform.family.launch.singleUseHint) {
      throw new AuthorizationRefused('used_message_hint', 'The lti_message_hint has been used.');
    }
    return launch;
  }

  async #launched(launch: SimulatedLaunch, asked: AuthorizationRequest): Promise<readonly FormField[]> {
    const platform = this.#platform;
    launch.isUsed = true;
    const tamper = launch.attack ?? platform.takeTamper();
    const claims = launchClaims(launch, asked.parameter('nonce'), platform);
    const token =
      tamper === undefined
        ? await platform.keys.sign(JSON.stringify(claims))
        : await forgedToken(claims, tamper, platform.keys, platform.url + attackerKeysPath);
    platform.counters.counts.idTokensIssued += 1;
    const fields: FormField[] = [
      ['id_token', token],
      ['state', asked.parameter('state')],
      ...(launch.storageTarget === undefined ? [] : [['lti_storage_target', launch.storageTarget] as const]),
    ];
    return tamper?.form?.(fields) ?? fields;
  }
}
