import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { CoursesModule } from '../courses/courses.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { GradesModule } from '../lti-services/grades/grades.module.js';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { GradePassback } from './grade-passback.service.js';
import { OutboxDesk } from './outbox-desk.service.js';
import { OutboxIntake } from './outbox-intake.service.js';
import { OutboxScore } from './outbox-score.entity.js';
import { Outbox } from './outbox.repository.js';
import { PassbackHolds } from './passback-holds.repository.js';
import { PassbackListener } from './passback.listener.js';
import { PassbackRunner } from './passback.runner.js';
import { PassbackScheduler } from './passback.scheduler.js';
import { PassbackWakes } from './passback-wakes.service.js';
import { PassbackWorker } from './passback.worker.js';
import { ScoreChecks } from './score-check.service.js';

@Module({
  imports: [
    CoursesModule,
    DatabaseModule,
    GradesModule,
    JobsModule,
    AccessTokensModule,
    RegistrationsModule,
    TypeOrmModule.forFeature([OutboxScore], LTI_DATA_SOURCE),
  ],
  providers: [
    GradePassback,
    ltiEventsProvider,
    Outbox,
    OutboxDesk,
    OutboxIntake,
    PassbackHolds,
    PassbackListener,
    PassbackRunner,
    PassbackScheduler,
    PassbackWakes,
    PassbackWorker,
    ScoreChecks,
  ],
  exports: [GradePassback],
})
export class GradePassbackModule {}
