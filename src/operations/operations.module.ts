import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JobsModule } from '../jobs/jobs.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ProcessMetrics } from './metrics/process-metrics.js';

/** What operators of the standalone service look at. */
@Module({
  imports: [TerminusModule, JobsModule, MetricsModule],
  controllers: [HealthController, MetricsController],
  providers: [ProcessMetrics],
})
export class OperationsModule {}
