import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { RateLimits } from '../rate-limits/rate-limits.service.js';
import { PlatformHttp } from './platform-http.service.js';

@Module({
  imports: [RateLimitsModule],
  providers: [
    {
      provide: PlatformHttp,
      inject: [LtiConfig, Clock, RateLimits],
      useFactory: ({ platformHttp }: LtiConfig, clock: Clock, rateLimits: RateLimits) =>
        new PlatformHttp(platformHttp, clock, rateLimits),
    },
  ],
  exports: [PlatformHttp],
})
export class PlatformHttpModule {}
