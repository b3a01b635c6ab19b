import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { IntervalsModule } from '../jobs/intervals.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { StatisticsRepository } from './statistics.repository.js';
import { StatisticsScheduler } from './statistics.scheduler.js';
import { StatisticsService } from './statistics.service.js';

@Module({
  imports: [DatabaseModule, IntervalsModule, MetricsModule, RegistrationsModule],
  providers: [StatisticsRepository, StatisticsScheduler, StatisticsService],
  exports: [StatisticsRepository, StatisticsService],
})
export class StatisticsModule {}
