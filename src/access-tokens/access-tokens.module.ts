import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { KeysModule } from '../keys/keys.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { AccessTokenCache } from './access-token.cache.js';
import { AccessTokenManager } from './access-token.manager.js';
import { AccessTokenRefresher } from './access-token.refresher.js';
import { OAuthService } from './oauth.service.js';
import { RefreshLeases } from './refresh-leases.js';
import { RefusedCalls } from './refused-calls.js';
import { StoredTokens } from './stored-tokens.js';
import { TokenCheckService } from './token-check.service.js';
import { ResilientTokenStore, StoreTimes, storeTimes } from './stores/resilient-token-store.js';
import { TokenCipher } from './token-cipher.js';
import { createTokenStore } from './stores/token-store.factory.js';
import { TokenStore } from './stores/token-store.js';
import { TokenEndpoint } from './token-endpoint.js';

@Module({
  imports: [KeysModule, MetricsModule, PlatformHttpModule, RegistrationsModule],
  providers: [
    AccessTokenCache,
    AccessTokenManager,
    AccessTokenRefresher,
    OAuthService,
    RefreshLeases,
    RefusedCalls,
    ResilientTokenStore,
    StoredTokens,
    TokenCheckService,
    TokenEndpoint,
    TokenCipher,
    { provide: StoreTimes, useValue: storeTimes },
    {
      provide: TokenStore,
      inject: [LtiConfig, TokenCipher, getDataSourceToken(LTI_DATA_SOURCE)],
      useFactory: createTokenStore,
    },
  ],
  exports: [AccessTokenManager, OAuthService, StoredTokens, TokenCheckService, TokenCipher, TokenStore],
})
export class AccessTokensModule implements OnApplicationShutdown {
  constructor(@Inject(TokenStore) private readonly store: TokenStore | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store?.close();
  }
}
