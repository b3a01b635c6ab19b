import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { TokenStoreModule } from '../token-store/token-store.module.js';
import { AccessTokenService } from './access-token.service.js';
import { OAuthService } from './oauth.service.js';
import { TokenEndpoint } from './token-endpoint.service.js';
import { TokenRenewal } from './token-renewal.service.js';

@Module({
  imports: [KeysModule, PlatformHttpModule, RegistrationsModule, TokenStoreModule],
  providers: [TokenEndpoint, TokenRenewal, AccessTokenService, OAuthService],
  exports: [AccessTokenService, OAuthService],
})
export class OAuthModule {}
