import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule } from 'nest-lti';
import { CanvasCourses } from './canvas-courses.service.js';
import { ReaderController } from './reader.controller.js';
import { ReaderLaunches } from './reader-launches.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    ScheduleModule.forRoot(), // nest-lti registers its periodic work there
    LtiModule.forRootAsync({
      launches: { handler: ReaderLaunches },
      api: 'api-keys',
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
        database: { url: config.getOrThrow<string>('DATABASE_URL') },
        encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
        adminApiKey: config.getOrThrow<string>('ADMIN_API_KEY'),
        // Only tests have platforms on localhost.
        platformHttp: { allowPrivateNetworks: config.get('NODE_ENV') === 'test' },
      }),
    }),
  ],
  controllers: [ReaderController],
  providers: [CanvasCourses],
})
export class AppModule {}
