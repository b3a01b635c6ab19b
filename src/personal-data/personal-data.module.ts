import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { UserGrantsModule } from '../user-grants/user-grants.module.js';
import { DeletionCleaner } from './deletion.cleaner.js';
import { DeletionRepository } from './deletion.repository.js';
import { PersonalDataRepository } from './personal-data.repository.js';
import { PersonalDataService } from './personal-data.service.js';

@Module({
  imports: [DatabaseModule, RegistrationsModule, UserGrantsModule],
  providers: [DeletionCleaner, DeletionRepository, PersonalDataRepository, PersonalDataService],
  exports: [PersonalDataService],
})
export class PersonalDataModule {}
