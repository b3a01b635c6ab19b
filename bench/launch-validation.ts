import { type Repository } from 'typeorm';
import { SystemClock } from '../src/common/clock.js';
import { type LtiConfig } from '../src/config/lti-config.js';
import { LaunchMessages } from '../src/launch/launch-messages.js';
import { type MigrationClaimVerifier } from '../src/launch/lti11/migration-claim.verifier.js';
import { IdTokenVerifier } from '../src/launch/oidc/id-token.verifier.js';
import { LaunchFields } from '../src/launch/launch-form.js';
import { OidcLoginService } from '../src/launch/oidc/oidc-login.service.js';
import { OidcLaunchService } from '../src/launch/oidc/oidc-launch.service.js';
import { PlatformKeySetService } from '../src/launch/oidc/platform-key-set.service.js';
import { type UsedNonceRepository } from '../src/launch/used-nonce.repository.js';
import { PlatformHttpService } from '../src/platform-http/platform-http.service.js';
import { type Deployment } from '../src/registrations/deployment.entity.js';
import { RegistrationLaunchService } from '../src/registrations/registration-launch.service.js';
import { type Registration } from '../src/registrations/registration.entity.js';
import { type RegistrationService } from '../src/registrations/registration.service.js';
import { registrationFixture } from '../test/support/registration-fixture.js';
import { type BenchPlatform } from './launch-platform.js';

/** The validation of a launch, without the database: registrations and keys are in memory, and the nonce is used later. */
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
  const registrations = {
    recall: () => Promise.resolve(registration),
  } as unknown as RegistrationService;
  const registrationLaunches = new RegistrationLaunchService(
    {} as Repository<Registration>,
    {} as Repository<Deployment>,
    registrations,
    clock,
  );
  const handler = { handle: () => ({ html: '' }) };
  const logins = new OidcLoginService(registrationLaunches, config, clock);
  const launches = new OidcLaunchService(
    logins,
    new IdTokenVerifier(new PlatformKeySetService(http, clock), clock),
    {} as UsedNonceRepository,
    registrations,
    registrationLaunches,
    {} as MigrationClaimVerifier,
    new LaunchMessages({ handler, deepLinkHandler: handler, messages: new Map() }),
    config,
  );
  const { state, nonce } = logins.createState({
    registrationId: registration.id,
    storageFrame: undefined,
    loginParameters: { iss: platform.issuer, login_hint: '5', client_id: platform.clientId },
  });
  const idToken = await platform.idToken(nonce);
  const fields = LaunchFields.of({ state, id_token: idToken });
  return {
    validate: () => launches.verify(fields, () => undefined),
    idToken,
    stop: () => http.onApplicationShutdown(),
  };
}
