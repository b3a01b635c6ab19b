import { type LtiModuleOptions } from '../../src/config/lti-config.js';
import { AccessTokenManager } from '../../src/access-tokens/access-token.manager.js';
import { RefusedCalls } from '../../src/access-tokens/refused-calls.js';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { AccessTokenRefresher } from '../../src/access-tokens/access-token.refresher.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { LtiTestApp } from './lti-app.js';
import { TokenScene } from './token-scene.js';

export interface AppTokenScene {
  lti: LtiTestApp;
  scene: TokenScene;
}

/** A token scene with a whole application, its keys and its database. Registrations are created by its API. */
export async function startAppTokenScene(options: Partial<LtiModuleOptions> = {}): Promise<AppTokenScene> {
  const lti = await LtiTestApp.start(options);
  const registrations = lti.app.get(RegistrationService);
  const scene = new TokenScene({
    clock: lti.clock,
    oauth: lti.app.get(OAuthService),
    tokens: lti.app.get(AccessTokenManager),
    refusedCalls: lti.app.get(RefusedCalls, { strict: false }),
    keySource: { jwksUrl: lti.jwksUrl },
    register: async (fields) => {
      const { body } = await lti
        .api('post', '/api/v1/registrations', { ...fields, deployments: ['1'] })
        .expect(201);
      return registrations.get(body.id);
    },
    atRest: () => lti.app.get(AccessTokenRefresher, { strict: false }).settled(),
    stop: () => lti.stop(),
  });
  return { lti, scene };
}
