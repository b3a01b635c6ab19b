import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { DatabaseModule } from '../database/database.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { LaunchSession } from '../launch/sessions/launch-session.entity.js';
import { LaunchSessionsModule } from '../launch/sessions/launch-sessions.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { UserApiClient } from './api/user-api-client.service.js';
import { UserGrantClient } from './clients/user-grant-client.entity.js';
import { UserGrantClients } from './clients/user-grant-clients.service.js';
import { AuthorizeLinks } from './consent/authorize-links.js';
import { BrowserCookie } from './consent/browser-cookie.js';
import { ConsentState } from './consent/consent-state.entity.js';
import { ConsentStates } from './consent/consent-states.repository.js';
import { Consents } from './consent/consent.service.js';
import { ToolRedirects } from './consent/tool-redirects.js';
import { GrantSeal } from './grant-seal.js';
import { ConsentErrorFilter } from './pages/consent-error.filter.js';
import { GrantRemoval } from './removal/grant-removal.service.js';
import { GrantSweep } from './removal/grant-sweep.service.js';
import { GrantRefresh } from './tokens/grant-refresh.service.js';
import { GrantRevocation } from './tokens/grant-revocation.js';
import { GrantTokenEndpoint } from './tokens/grant-token-endpoint.js';
import { GrantTokens } from './tokens/grant-tokens.service.js';
import { UserGrant } from './user-grant.entity.js';
import { UserGrantsRepository } from './user-grants.repository.js';
import { UserGrants } from './user-grants.service.js';

const forControllers = [
  AuthorizeLinks,
  BrowserCookie,
  ConsentErrorFilter,
  Consents,
  GrantSweep,
  ToolRedirects,
  UserApiClient,
  UserGrantClients,
  UserGrants,
];

@Module({
  imports: [
    LaunchSessionsModule,
    DatabaseModule,
    PlatformHttpModule,
    RegistrationsModule,
    TypeOrmModule.forFeature([ConsentState, LaunchSession, UserGrant, UserGrantClient], LTI_DATA_SOURCE),
  ],
  providers: [
    ...forControllers,
    ConsentStates,
    GrantRefresh,
    GrantRemoval,
    GrantRevocation,
    GrantSeal,
    GrantTokenEndpoint,
    GrantTokens,
    ltiEventsProvider,
    UserGrantsRepository,
  ],
  exports: forControllers,
})
export class UserGrantsModule {}
