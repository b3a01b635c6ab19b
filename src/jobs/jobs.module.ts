import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { IntervalsModule } from './intervals.module.js';
import { JobQueues } from './job-queues.js';
import { defaultJobTerms, JobTerms } from './job-terms.js';

@Module({
  imports: [DatabaseModule, IntervalsModule, MetricsModule],
  providers: [JobQueues, { provide: JobTerms, useValue: defaultJobTerms }],
  exports: [IntervalsModule, JobQueues],
})
export class JobsModule {}
