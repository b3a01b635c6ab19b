import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { TokenCipher } from 'nest-lti';
import { LmdbTokenStore } from './lmdb-token-store.js';

/** Opens the store, and closes it when the application has shut down. nest-lti does neither. */
@Module({
  providers: [
    {
      provide: LmdbTokenStore,
      inject: [ConfigService],
      useFactory: (config: ConfigService) =>
        new LmdbTokenStore(
          config.getOrThrow<string>('TOKEN_STORE_PATH'),
          TokenCipher.of(config.getOrThrow<string>('ENCRYPTION_KEYS')),
        ),
    },
  ],
  exports: [LmdbTokenStore],
})
export class TokenStoreModule implements OnApplicationShutdown {
  constructor(@Inject(LmdbTokenStore) private readonly store: LmdbTokenStore) {}

  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}
