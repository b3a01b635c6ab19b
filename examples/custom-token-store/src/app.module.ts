import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule } from 'nest-lti';
import { LmdbTokenStore } from './lmdb-token-store.js';
import { TokenStoreModule } from './token-store.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    ScheduleModule.forRoot(), // nest-lti registers its periodic work there
    LtiModule.forRootAsync({
      imports: [TokenStoreModule],
      inject: [ConfigService, LmdbTokenStore],
      useFactory: (config: ConfigService, store: LmdbTokenStore) => ({
        publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
        database: { url: config.getOrThrow<string>('DATABASE_URL') },
        encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
        tokenStore: { type: 'custom', store },
        // Only tests have platforms on localhost.
        platformHttp: { allowPrivateNetworks: config.get('NODE_ENV') === 'test' },
      }),
    }),
  ],
})
export class AppModule {}
