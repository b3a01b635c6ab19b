import { Module } from '@nestjs/common';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { StoredTokens } from './stored-tokens.service.js';
import { TokenStoreModule } from './token-store.module.js';

@Module({
  imports: [TokenStoreModule, RegistrationsModule],
  providers: [StoredTokens],
  exports: [StoredTokens],
})
export class StoredTokensModule {}
