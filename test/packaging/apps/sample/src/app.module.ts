import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LtiModule } from 'nest-lti';
import { HouseGuard } from './house.guard.js';
import { Note, NotesController } from './notes.js';
import { QuizController, QuizLaunches } from './quiz.js';
import { Reports } from './reports.js';

/** Sent by those who call the REST API of nest-lti here. */
export const ADMIN_API_KEY = 'the-api-key-of-the-sample-host';

/** A host with what hosts have: a database, a queue, a guard and settings of its own. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    ScheduleModule.forRoot(),
    EventEmitterModule.forRoot(),
    TypeOrmModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        type: 'postgres' as const,
        url: config.getOrThrow<string>('DATABASE_URL'),
        autoLoadEntities: true,
        synchronize: true,
      }),
    }),
    TypeOrmModule.forFeature([Note]),
    BullModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        connection: { url: config.getOrThrow<string>('REDIS_URL'), maxRetriesPerRequest: null },
        prefix: config.getOrThrow<string>('QUEUE_PREFIX'),
      }),
    }),
    // The name that a queue of nest-lti has, too.
    BullModule.registerQueue({ name: 'course-syncs' }),
    LtiModule.forRootAsync({
      launches: { handler: QuizLaunches },
      api: 'api-keys',
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
        database: { url: config.getOrThrow<string>('DATABASE_URL') },
        encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
        tokenStore:
          config.getOrThrow<string>('TOKEN_STORE') === 'redis'
            ? { type: 'redis' as const, url: config.getOrThrow<string>('REDIS_URL') }
            : ('postgres' as const),
        adminApiKey: ADMIN_API_KEY,
        courseSync: { every: '15m' },
        platformHttp: { allowPrivateNetworks: true },
      }),
    }),
  ],
  controllers: [NotesController, QuizController],
  providers: [Reports, { provide: APP_GUARD, useClass: HouseGuard }],
})
export class AppModule {}
