import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { RateLimitsService } from '../rate-limits/rate-limits.service.js';
import { PlatformHttpService } from './platform-http.service.js';

@Module({
  imports: [RateLimitsModule],
  providers: [
    {
      provide: PlatformHttpService,
      inject: [LtiConfig, Clock, RateLimitsService],
      useFactory: ({ platformHttp }: LtiConfig, clock: Clock, rateLimits: RateLimitsService) =>
        new PlatformHttpService(platformHttp, clock, rateLimits),
    },
  ],
  exports: [PlatformHttpService],
})
export class PlatformHttpModule {}
