import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { DatabaseModule } from '../database/database.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventsModule } from '../events/events.module.js';
import { IntervalsModule } from '../jobs/intervals.module.js';
import { LaunchSession } from '../launch/sessions/launch-session.entity.js';
import { LaunchSessionModule } from '../launch/sessions/launch-session.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { UserApiClient } from './api/user-api-client.js';
import { UserGrantClient } from './clients/user-grant-client.entity.js';
import { UserGrantClientService } from './clients/user-grant-client.service.js';
import { AuthorizeLinks } from './consent/authorize-links.js';
import { BrowserCookie } from './consent/browser-cookie.js';
import { ConsentState } from './consent/consent-state.entity.js';
import { ConsentStateRepository } from './consent/consent-state.repository.js';
import { ConsentService } from './consent/consent.service.js';
import { ToolRedirects } from './consent/tool-redirects.js';
import { GrantCipher } from './grant-cipher.js';
import { ConsentErrorFilter } from './pages/consent-error.filter.js';
import { GrantRemovalService } from './removal/grant-removal.service.js';
import { GrantSweepService } from './removal/grant-sweep.service.js';
import { GrantRefreshService } from './tokens/grant-refresh.service.js';
import { GrantRevocation } from './tokens/grant-revocation.js';
import { GrantTokenEndpoint } from './tokens/grant-token-endpoint.js';
import { GrantTokenService } from './tokens/grant-token.service.js';
import { UserGrant } from './user-grant.entity.js';
import { UserGrantsRepository } from './user-grants.repository.js';
import { UserGrantService } from './user-grant.service.js';

const forControllers = [
  AuthorizeLinks,
  BrowserCookie,
  ConsentErrorFilter,
  ConsentService,
  GrantSweepService,
  ToolRedirects,
  UserApiClient,
  UserGrantClientService,
  UserGrantService,
];

@Module({
  imports: [
    EventsModule,
    IntervalsModule,
    LaunchSessionModule,
    DatabaseModule,
    PlatformHttpModule,
    RegistrationsModule,
    TypeOrmModule.forFeature([ConsentState, LaunchSession, UserGrant, UserGrantClient], LTI_DATA_SOURCE),
  ],
  providers: [
    ...forControllers,
    ConsentStateRepository,
    GrantRefreshService,
    GrantRemovalService,
    GrantRevocation,
    GrantCipher,
    GrantTokenEndpoint,
    GrantTokenService,
    ltiEventsProvider,
    UserGrantsRepository,
  ],
  exports: forControllers,
})
export class UserGrantsModule {}
