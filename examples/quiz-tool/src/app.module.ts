import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule } from 'nest-lti';
import { LaunchPages } from './launch-pages.service.js';
import { PickerController } from './picker.controller.js';
import { QuizController } from './quiz.controller.js';
import { QuizCourse } from './quiz-course.service.js';
import { QuizLaunches } from './quiz-launches.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    ScheduleModule.forRoot(), // nest-lti registers its periodic work there
    LtiModule.forRootAsync({
      launches: { handler: QuizLaunches },
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
        database: { url: config.getOrThrow<string>('DATABASE_URL') },
        encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
        // Only tests have platforms on localhost.
        platformHttp: { allowPrivateNetworks: config.get('NODE_ENV') === 'test' },
      }),
    }),
  ],
  controllers: [PickerController, QuizController],
  providers: [LaunchPages, QuizCourse],
})
export class AppModule {}
