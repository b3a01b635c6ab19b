import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { TokenStoreModule } from '../token-store/token-store.module.js';
import { AccessTokenService } from './access-token.service.js';
import { GuardedTokenStore } from './guarded-token-store.service.js';
import { OAuthService } from './oauth.service.js';
import { RenewalLeases } from './renewal-leases.service.js';
import { TokenCache } from './token-cache.service.js';
import { TokenEndpoint } from './token-endpoint.service.js';
import { TokenEvidence } from './token-evidence.js';
import { TokenRenewal } from './token-renewal.service.js';
import { TokenRequests } from './token-requests.service.js';

@Module({
  imports: [KeysModule, MetricsModule, PlatformHttpModule, RegistrationsModule, TokenStoreModule],
  providers: [
    AccessTokenService,
    GuardedTokenStore,
    OAuthService,
    RenewalLeases,
    TokenCache,
    TokenEndpoint,
    TokenEvidence,
    TokenRenewal,
    TokenRequests,
  ],
  exports: [AccessTokenService, OAuthService],
})
export class OAuthModule {}
