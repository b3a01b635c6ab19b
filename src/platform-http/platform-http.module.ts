import { Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { UrlPolicy } from '../common/url-policy.js';
import { LtiConfig } from '../config/lti-config.js';
import { PlatformHttp } from './platform-http.service.js';

@Module({
  providers: [
    {
      provide: PlatformHttp,
      inject: [LtiConfig, Clock],
      useFactory: (config: LtiConfig, clock: Clock) => new PlatformHttp(config.platformHttp, clock),
    },
    { provide: UrlPolicy, inject: [PlatformHttp], useFactory: (http: PlatformHttp) => http.urlPolicy },
  ],
  exports: [PlatformHttp, UrlPolicy],
})
export class PlatformHttpModule {}
