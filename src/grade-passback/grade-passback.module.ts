import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { CoursesModule } from '../courses/courses.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventsModule } from '../events/events.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { GradesModule } from '../lti-services/grades/grades.module.js';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { DeliveryQueueService } from './delivery-queue.service.js';
import { DeliveryScheduler } from './delivery.scheduler.js';
import { DeliveryService } from './delivery.service.js';
import { GradePassbackListener } from './grade-passback.listener.js';
import { GradePassbackService } from './grade-passback.service.js';
import { OutboxAdminService } from './outbox-admin.service.js';
import { OutboxIntakeService } from './outbox-intake.service.js';
import { OutboxScore } from './outbox-score.entity.js';
import { OutboxRepository } from './outbox.repository.js';
import { SuspensionRepository } from './suspension.repository.js';

@Module({
  imports: [
    CoursesModule,
    MetricsModule,
    DatabaseModule,
    EventsModule,
    GradesModule,
    JobsModule,
    AccessTokensModule,
    RegistrationsModule,
    TypeOrmModule.forFeature([OutboxScore], LTI_DATA_SOURCE),
  ],
  providers: [
    DeliveryQueueService,
    DeliveryScheduler,
    DeliveryService,
    GradePassbackListener,
    GradePassbackService,
    ltiEventsProvider,
    OutboxAdminService,
    OutboxIntakeService,
    OutboxRepository,
    SuspensionRepository,
  ],
  exports: [GradePassbackService, OutboxAdminService],
})
export class GradePassbackModule {}
