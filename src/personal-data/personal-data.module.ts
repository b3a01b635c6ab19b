import { Module } from '@nestjs/common';
import { CourseSyncsModule } from '../course-syncs/course-syncs.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { EventDeliveryRepositoryModule } from '../event-deliveries/event-deliveries.module.js';
import { GradePassbackModule } from '../grade-passback/grade-passback.module.js';
import { IntervalsModule } from '../jobs/intervals.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { StatisticsModule } from '../statistics/statistics.module.js';
import { UserGrantsModule } from '../user-grants/user-grants.module.js';
import { DeletionCleaner } from './deletion.cleaner.js';
import { DeletionRepository } from './deletion.repository.js';
import { PersonalDataRepository } from './personal-data.repository.js';
import { PersonalDataService } from './personal-data.service.js';

@Module({
  imports: [
    CourseSyncsModule,
    DatabaseModule,
    EventDeliveryRepositoryModule,
    GradePassbackModule,
    IntervalsModule,
    RegistrationsModule,
    StatisticsModule,
    UserGrantsModule,
  ],
  providers: [DeletionCleaner, DeletionRepository, PersonalDataRepository, PersonalDataService],
  exports: [PersonalDataService],
})
export class PersonalDataModule {}
