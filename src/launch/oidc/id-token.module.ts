import { Module } from '@nestjs/common';
import { PlatformHttpModule } from '../../platform-http/platform-http.module.js';
import { IdTokenVerifier } from './id-token.verifier.js';
import { PlatformKeySetService } from './platform-key-set.service.js';

/** The check of what platforms sign: id_tokens and notices. They share the cached key sets. */
@Module({
  imports: [PlatformHttpModule],
  providers: [IdTokenVerifier, PlatformKeySetService],
  exports: [IdTokenVerifier],
})
export class IdTokenModule {}
