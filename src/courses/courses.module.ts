import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { ltiEventsProvider } from '../common/lti-events.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventsModule } from '../events/events.module.js';
import { GradesModule } from '../lti-services/grades/grades.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { CourseGradebookService } from './course-gradebook.service.js';
import { CourseGroup } from './course-group.entity.js';
import { CourseGroupService } from './course-group.service.js';
import { CourseLineItem } from './course-line-item.entity.js';
import { CourseLineItemService } from './course-line-item.service.js';
import { Course } from './course.entity.js';
import { CourseLaunchService } from './course-launch.service.js';
import { CourseListeners } from './course-listeners.js';
import { CourseOriginService } from './course-origin.service.js';
import { CourseResult } from './course-result.entity.js';
import { CourseRosterService } from './course-roster.service.js';
import { CourseScheduleService } from './course-schedule.service.js';
import { CourseService } from './course.service.js';
import { Membership } from './membership.entity.js';
import { ResourceLink } from './resource-link.entity.js';
import { StoredLineItemService } from './stored-line-item.service.js';
import { StoredResultService } from './stored-result.service.js';

const services = [
  CourseService,
  CourseScheduleService,
  CourseLaunchService,
  CourseListeners,
  CourseOriginService,
  CourseRosterService,
  CourseGroupService,
  CourseGradebookService,
  CourseLineItemService,
  StoredLineItemService,
  StoredResultService,
];

@Module({
  imports: [
    AccessTokensModule,
    EventsModule,
    GradesModule,
    RegistrationsModule,
    TypeOrmModule.forFeature(
      [Course, CourseGroup, ResourceLink, Membership, CourseLineItem, CourseResult],
      LTI_DATA_SOURCE,
    ),
  ],
  providers: [...services, ltiEventsProvider],
  exports: services,
})
export class CoursesModule {}
