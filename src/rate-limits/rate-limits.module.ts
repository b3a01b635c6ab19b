import { Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { RateLimitsService } from './rate-limits.service.js';
import { SharedSlots, SlotTimes, slotTimes } from './shared-slots.js';

@Module({
  providers: [
    { provide: SlotTimes, useValue: slotTimes },
    {
      provide: RateLimitsService,
      // Without a database there are no other processes to share a limit with.
      inject: [LtiConfig, Clock, SlotTimes, { token: getDataSourceToken(LTI_DATA_SOURCE), optional: true }],
      useFactory: ({ platformHttp }: LtiConfig, clock: Clock, times: SlotTimes, dataSource?: DataSource) => {
        const limit = {
          concurrency: platformHttp.concurrencyPerPlatform,
          perSecond: platformHttp.requestsPerSecond,
        };
        const shared = dataSource && new SharedSlots(limit, clock, dataSource, times);
        return new RateLimitsService({ limit, clock, random: Math.random, shared });
      },
    },
  ],
  exports: [RateLimitsService],
})
export class RateLimitsModule {}
