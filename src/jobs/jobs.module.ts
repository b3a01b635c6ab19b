import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { JobQueues } from './job-queues.js';
import { defaultJobTerms, JobTerms } from './job-terms.js';

@Module({
  imports: [DatabaseModule],
  providers: [JobQueues, { provide: JobTerms, useValue: defaultJobTerms }],
  exports: [JobQueues],
})
export class JobsModule {}
