import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { Deployment } from './deployment.entity.js';
import { DynamicRegistration } from './dynamic/dynamic-registration.entity.js';
import { DynamicRegistrationService } from './dynamic/dynamic-registration.service.js';
import { RegistrationAttemptService } from './dynamic/registration-attempt.service.js';
import { RegistrationInvitation } from './dynamic/registration-invitation.entity.js';
import { RegistrationInvitationService } from './dynamic/registration-invitation.service.js';
import { RegistrationLaunchService } from './registration-launch.service.js';
import { Registration } from './registration.entity.js';
import { RegistrationListeners } from './registration-listeners.js';
import { RegistrationMemory } from './registration-memory.js';
import { RegistrationService } from './registration.service.js';
import { ScopeRefusalService } from './scope-refusal.service.js';

@Module({
  imports: [
    PlatformHttpModule,
    TypeOrmModule.forFeature(
      [Registration, Deployment, DynamicRegistration, RegistrationInvitation],
      LTI_DATA_SOURCE,
    ),
  ],
  providers: [
    DynamicRegistrationService,
    RegistrationAttemptService,
    RegistrationInvitationService,
    RegistrationLaunchService,
    RegistrationService,
    RegistrationListeners,
    RegistrationMemory,
    ScopeRefusalService,
  ],
  exports: [
    DynamicRegistrationService,
    RegistrationAttemptService,
    RegistrationInvitationService,
    RegistrationLaunchService,
    RegistrationService,
    RegistrationListeners,
    ScopeRefusalService,
  ],
})
export class RegistrationsModule {}
