import { type Repository } from 'typeorm';
import { SystemClock } from '../src/common/clock.js';
import { type LtiConfig } from '../src/config/lti-config.js';
import { type MigrationClaims } from '../src/launch/lti11/migration-claim.js';
import { IdTokenVerifier } from '../src/launch/oidc/id-token.verifier.js';
import { LaunchFields } from '../src/launch/oidc/launch-fields.js';
import { LoginStates } from '../src/launch/oidc/login-state.js';
import { OidcLaunch } from '../src/launch/oidc/oidc-launch.service.js';
import { PlatformKeySets } from '../src/launch/oidc/platform-key-sets.service.js';
import { type UsedNonces } from '../src/launch/used-nonces.repository.js';
import { PlatformHttpService } from '../src/platform-http/platform-http.service.js';
import { type Deployment } from '../src/registrations/deployment.entity.js';
import { DeploymentService } from '../src/registrations/deployment.service.js';
import { type RegistrationService } from '../src/registrations/registration.service.js';
import { registrationFixture } from '../test/support/registration-fixture.js';
import { type BenchPlatform } from './launch-platform.js';

/** The check of a launch, without the database: what is asked of that for a launch is in memory, or used up after it. */
export async function launchValidation(platform: BenchPlatform) {
  const clock = new SystemClock();
  const http = new PlatformHttpService({ allowPrivateNetworks: true }, clock);
  const registration = registrationFixture({
    issuer: platform.issuer,
    clientId: platform.clientId,
    jwksUrl: platform.jwksUrl,
    tokenUrl: `${platform.issuer}/token`,
    deployments: [{ deploymentId: '1', status: 'active' } as Deployment],
  });
  const config = {
    encryptionKeys: [{ id: 'bench', key: Buffer.alloc(32, 1) }],
    launch: { deployments: 'strict', anonymous: 'allow' },
  } as unknown as LtiConfig;
  const states = new LoginStates(config, clock);
  const launches = new OidcLaunch(
    states,
    new IdTokenVerifier(new PlatformKeySets(http, clock), clock),
    {} as UsedNonces,
    { recall: () => Promise.resolve(registration) } as unknown as RegistrationService,
    new DeploymentService({} as Repository<Deployment>, clock),
    {} as MigrationClaims,
    config,
  );
  const { state, nonce } = states.begin({
    registrationId: registration.id,
    storageFrame: undefined,
    loginParameters: { iss: platform.issuer, login_hint: '5', client_id: platform.clientId },
  });
  const idToken = await platform.idToken(nonce);
  const fields = LaunchFields.of({ state, id_token: idToken });
  return { validate: () => launches.verify(fields), idToken, stop: () => http.onApplicationShutdown() };
}
