import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { Course } from './course.entity.js';
import { CourseListeners } from './course-listeners.js';
import { CourseRoster } from './course-roster.service.js';
import { CourseService } from './course.service.js';
import { Membership } from './membership.entity.js';

@Module({
  imports: [RegistrationsModule, TypeOrmModule.forFeature([Course, Membership], LTI_DATA_SOURCE)],
  providers: [CourseService, CourseListeners, CourseRoster],
  exports: [CourseService, CourseListeners, CourseRoster],
})
export class CoursesModule {}
