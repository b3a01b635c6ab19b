import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { IntervalsModule } from './intervals.module.js';
import { JobQueues } from './job-queues.js';
import { defaultJobTerms, JobTerms } from './job-terms.js';

@Module({
  imports: [DatabaseModule, IntervalsModule],
  providers: [JobQueues, { provide: JobTerms, useValue: defaultJobTerms }],
  exports: [IntervalsModule, JobQueues],
})
export class JobsModule {}
