import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { PlatformMetrics } from '../metrics/platform-metrics.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { RateLimitsService } from '../rate-limits/rate-limits.service.js';
import { PlatformHttpService } from './platform-http.service.js';

@Module({
  imports: [MetricsModule, RateLimitsModule],
  providers: [
    {
      provide: PlatformHttpService,
      inject: [LtiConfig, Clock, RateLimitsService, PlatformMetrics],
      useFactory: (
        { platformHttp }: LtiConfig,
        clock: Clock,
        rateLimits: RateLimitsService,
        metrics: PlatformMetrics,
      ) => new PlatformHttpService(platformHttp, clock, rateLimits, metrics),
    },
  ],
  exports: [PlatformHttpService],
})
export class PlatformHttpModule {}
