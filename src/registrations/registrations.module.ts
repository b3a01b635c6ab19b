import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Deployment } from './deployment.entity.js';
import { Deployments } from './deployments.service.js';
import { RegistrationFamilies } from './registration-families.service.js';
import { RegistrationFinder } from './registration-finder.service.js';
import { Registration } from './registration.entity.js';
import { RegistrationListeners } from './registration-listeners.js';
import { RegistrationMemory } from './registration-memory.js';
import { RegistrationService } from './registration.service.js';
import { ScopeRefusals } from './scope-refusals.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Registration, Deployment], LTI_DATA_SOURCE)],
  providers: [
    Deployments,
    RegistrationFamilies,
    RegistrationFinder,
    RegistrationService,
    RegistrationListeners,
    RegistrationMemory,
    ScopeRefusals,
  ],
  exports: [
    Deployments,
    RegistrationFamilies,
    RegistrationFinder,
    RegistrationService,
    RegistrationListeners,
    ScopeRefusals,
  ],
})
export class RegistrationsModule {}
