import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { PlatformHttp } from './platform-http.service.js';

@Module({
  providers: [
    {
      provide: PlatformHttp,
      inject: [LtiConfig, Clock],
      useFactory: (config: LtiConfig, clock: Clock) => new PlatformHttp(config.platformHttp, clock),
    },
  ],
  exports: [PlatformHttp],
})
export class PlatformHttpModule {}
