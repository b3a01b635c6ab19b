import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { CoursesModule } from '../courses/courses.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { LaunchHandler } from './launch-handler.js';
import { LaunchReception } from './launch-reception.service.js';
import { LaunchCleaner } from './launch.cleaner.js';
import { Lti11Consumer } from './lti11/lti11-consumer.entity.js';
import { Lti11Consumers } from './lti11/lti11-consumers.service.js';
import { Lti11Launches } from './lti11/lti11-launch.service.js';
import { Lti11Link } from './lti11/lti11-link.entity.js';
import { Lti11Links } from './lti11/lti11-links.repository.js';
import { Lti11Secrets } from './lti11/lti11-secrets.service.js';
import { MigrationClaims } from './lti11/migration-claim.js';
import { IdTokenVerifier } from './oidc/id-token.verifier.js';
import { LoginStates } from './oidc/login-state.js';
import { OidcLaunch } from './oidc/oidc-launch.service.js';
import { OidcLogin } from './oidc/oidc-login.service.js';
import { PlatformKeySets } from './oidc/platform-key-sets.service.js';
import { LaunchSessionsModule } from './sessions/launch-sessions.module.js';
import { TargetLinkHandler } from './target-link.handler.js';
import { UsedNonces } from './used-nonces.repository.js';

/** The embedder's handler, and what its dependencies come from. */
export interface LaunchHandling {
  handler: Type<LaunchHandler>;
  imports?: ModuleMetadata['imports'];
}

const forControllers = [LaunchReception, Lti11Consumers, Lti11Launches, Lti11Links, OidcLaunch, OidcLogin];

@Module({})
export class LaunchModule {
  /** @param handling who answers launches. Default: they go on to their target link. */
  static forRoot(handling: LaunchHandling = { handler: TargetLinkHandler }): DynamicModule {
    return {
      module: LaunchModule,
      imports: [
        CoursesModule,
        LaunchSessionsModule,
        PlatformHttpModule,
        RegistrationsModule,
        TypeOrmModule.forFeature([Lti11Consumer, Lti11Link], LTI_DATA_SOURCE),
        ...(handling.imports ?? []),
      ],
      providers: [
        ...forControllers,
        IdTokenVerifier,
        LaunchCleaner,
        LoginStates,
        Lti11Secrets,
        ltiEventsProvider,
        MigrationClaims,
        PlatformKeySets,
        UsedNonces,
        { provide: LaunchHandler, useClass: handling.handler },
      ],
      exports: forControllers,
    };
  }
}
