import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { CourseGradebook } from './course-gradebook.service.js';
import { CourseLineItem } from './course-line-item.entity.js';
import { Course } from './course.entity.js';
import { CourseLaunches } from './course-launches.service.js';
import { CourseListeners } from './course-listeners.js';
import { CourseResult } from './course-result.entity.js';
import { CourseRoster } from './course-roster.service.js';
import { CourseService } from './course.service.js';
import { Membership } from './membership.entity.js';
import { ResourceLink } from './resource-link.entity.js';
import { StoredLineItems } from './stored-line-items.service.js';
import { StoredResults } from './stored-results.service.js';

const services = [
  CourseService,
  CourseLaunches,
  CourseListeners,
  CourseRoster,
  CourseGradebook,
  StoredLineItems,
  StoredResults,
];

@Module({
  imports: [
    RegistrationsModule,
    TypeOrmModule.forFeature(
      [Course, ResourceLink, Membership, CourseLineItem, CourseResult],
      LTI_DATA_SOURCE,
    ),
  ],
  providers: services,
  exports: services,
})
export class CoursesModule {}
