import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { DeletionCleaner } from './deletion.cleaner.js';
import { DeletionRepository } from './deletion.repository.js';

@Module({
  imports: [DatabaseModule],
  providers: [DeletionCleaner, DeletionRepository],
})
export class PersonalDataModule {}
