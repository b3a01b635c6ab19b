import { Module, type OnModuleInit } from '@nestjs/common';
import { BacklogMetrics } from './backlog-metrics.js';
import { JobMetrics } from './job-metrics.js';
import { LtiMetrics } from './lti-metrics.js';
import { PlatformMetrics } from './platform-metrics.js';
import { loadOpenTelemetry } from './spans.js';
import { TokenMetrics } from './token-metrics.js';
import { WorkMetrics } from './work-metrics.js';

/** Does not know the parts that it measures: they import it. */
@Module({
  providers: [LtiMetrics, TokenMetrics, PlatformMetrics, WorkMetrics, BacklogMetrics, JobMetrics],
  exports: [JobMetrics, LtiMetrics, TokenMetrics, PlatformMetrics, WorkMetrics],
})
export class MetricsModule implements OnModuleInit {
  async onModuleInit(): Promise<void> {
    await loadOpenTelemetry();
  }
}
