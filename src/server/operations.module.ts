import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JobsModule, MetricsModule } from 'nest-lti/internal';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ProcessMetrics } from './process-metrics.js';

/** Health checks and metrics of the standalone service, which each process has. */
@Module({
  imports: [TerminusModule, JobsModule, MetricsModule],
  controllers: [HealthController, MetricsController],
  providers: [ProcessMetrics],
})
export class OperationsModule {}
