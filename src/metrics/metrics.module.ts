import { Module, type OnModuleInit } from '@nestjs/common';
import { BacklogMetrics } from './backlog-metrics.js';
import { JobMetrics } from './job-metrics.js';
import { LtiMetrics } from './lti-metrics.js';
import { PlatformMetrics } from './platform-metrics.js';
import { RegistrationStatistics } from './registration-statistics.js';
import { loadOpenTelemetry } from './spans.js';
import { TokenMetrics } from './token-metrics.js';
import { WorkMetrics } from './work-metrics.js';

/** Does not know the parts that it measures: they import it. */
@Module({
  providers: [
    BacklogMetrics,
    JobMetrics,
    LtiMetrics,
    PlatformMetrics,
    RegistrationStatistics,
    TokenMetrics,
    WorkMetrics,
  ],
  exports: [JobMetrics, LtiMetrics, PlatformMetrics, RegistrationStatistics, TokenMetrics, WorkMetrics],
})
export class MetricsModule implements OnModuleInit {
  async onModuleInit(): Promise<void> {
    await loadOpenTelemetry();
  }
}
