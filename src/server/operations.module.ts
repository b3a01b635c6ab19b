import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JobsModule, MetricsModule } from 'nest-lti/internal';
import { HealthController } from './health.controller.js';
import { HomeController } from './home.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ProcessMetrics } from './process-metrics.js';
import { UnversionedApiController } from './unversioned-api.controller.js';

/** Health checks, metrics and the home page of the standalone service. */
@Module({
  imports: [TerminusModule, JobsModule, MetricsModule],
  controllers: [HealthController, HomeController, MetricsController, UnversionedApiController],
  providers: [ProcessMetrics],
})
export class OperationsModule {}
