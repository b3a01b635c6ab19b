import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { CoursesModule } from '../courses/courses.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventsModule } from '../events/events.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { GradesModule } from '../lti-services/grades/grades.module.js';
import { GroupsModule } from '../lti-services/groups/groups.module.js';
import { MembershipsModule } from '../lti-services/memberships/memberships.module.js';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { CourseGradebookSyncService } from './course-gradebook-sync.service.js';
import { CourseGroupSyncService } from './course-group-sync.service.js';
import { CourseRosterSyncService } from './course-roster-sync.service.js';
import { CourseSyncRunner } from './course-sync.runner.js';
import { CourseSyncScheduler } from './course-sync.scheduler.js';
import { CourseSyncService } from './course-sync.service.js';
import { CourseSyncWorker } from './course-sync.worker.js';
import { SyncRun } from '../courses/sync-run.entity.js';
import { RosterDifferencesService } from './roster-differences.service.js';
import { RosterWriterService } from './roster-writer.service.js';
import { SyncRunStreams } from './sync-run-streams.js';
import { SyncPageRepository } from './sync-page.repository.js';
import { SyncRunRepository } from './sync-run.repository.js';

@Module({
  imports: [
    CoursesModule,
    MetricsModule,
    EventsModule,
    GradesModule,
    GroupsModule,
    JobsModule,
    MembershipsModule,
    AccessTokensModule,
    RegistrationsModule,
    TypeOrmModule.forFeature([SyncRun], LTI_DATA_SOURCE),
  ],
  providers: [
    SyncRunRepository,
    SyncPageRepository,
    SyncRunStreams,
    CourseSyncService,
    CourseSyncRunner,
    CourseRosterSyncService,
    RosterDifferencesService,
    RosterWriterService,
    CourseGroupSyncService,
    CourseGradebookSyncService,
    CourseSyncWorker,
    CourseSyncScheduler,
    ltiEventsProvider,
  ],
  exports: [CourseSyncService, SyncRunRepository, SyncRunStreams],
})
export class CourseSyncsModule {}
