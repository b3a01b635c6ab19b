import { Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { LimitTimes, limitTimes } from './limits/limit-times.js';
import { SharedPlatformLimits } from './limits/shared-limits.js';
import { fullLimit } from './platform-http.options.js';
import { PlatformHttp } from './platform-http.service.js';

@Module({
  providers: [
    { provide: LimitTimes, useValue: limitTimes },
    {
      provide: PlatformHttp,
      // Without a database there are no other processes to share a limit with.
      inject: [LtiConfig, Clock, LimitTimes, { token: getDataSourceToken(LTI_DATA_SOURCE), optional: true }],
      useFactory: ({ platformHttp }: LtiConfig, clock: Clock, times: LimitTimes, dataSource?: DataSource) =>
        new PlatformHttp(
          platformHttp,
          clock,
          dataSource && new SharedPlatformLimits(fullLimit(platformHttp), clock, dataSource, times),
        ),
    },
  ],
  exports: [PlatformHttp],
})
export class PlatformHttpModule {}
