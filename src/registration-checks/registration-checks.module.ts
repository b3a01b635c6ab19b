import { Module } from '@nestjs/common';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { CoursesModule } from '../courses/courses.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { GradesModule } from '../lti-services/grades/grades.module.js';
import { MembershipsModule } from '../lti-services/memberships/memberships.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { CourseServicesCheck } from './course-services-check.js';
import { PlatformKeysCheck } from './platform-keys-check.js';
import { RegistrationCheckService } from './registration-check.service.js';
import { ToolKeysCheck } from './tool-keys-check.js';

@Module({
  imports: [
    AccessTokensModule,
    CoursesModule,
    GradesModule,
    KeysModule,
    MembershipsModule,
    PlatformHttpModule,
    RegistrationsModule,
  ],
  providers: [CourseServicesCheck, PlatformKeysCheck, RegistrationCheckService, ToolKeysCheck],
  exports: [RegistrationCheckService],
})
export class RegistrationChecksModule {}
