import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Deployment } from './deployment.entity.js';
import { RegistrationLaunchService } from './registration-launch.service.js';
import { Registration } from './registration.entity.js';
import { RegistrationListeners } from './registration-listeners.js';
import { RegistrationMemory } from './registration-memory.js';
import { RegistrationService } from './registration.service.js';
import { ScopeRefusalService } from './scope-refusal.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Registration, Deployment], LTI_DATA_SOURCE)],
  providers: [
    RegistrationLaunchService,
    RegistrationService,
    RegistrationListeners,
    RegistrationMemory,
    ScopeRefusalService,
  ],
  exports: [RegistrationLaunchService, RegistrationService, RegistrationListeners, ScopeRefusalService],
})
export class RegistrationsModule {}
