import { Get } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedQuery } from '../common/validated-parameters.js';
import {
  type RankingQuery,
  rankingQuerySchema,
  type RankingView,
  rankingViewSchema,
  type StatisticsQuery,
  statisticsQuerySchema,
  type StatisticsView,
  statisticsViewSchema,
} from './statistics.schema.js';
import { StatisticsService } from './statistics.service.js';

@ApiController('statistics', 'operations')
export class StatisticsController {
  constructor(private readonly statistics: StatisticsService) {}

  @Get()
  @Operation({
    summary:
      'Launches, syncs, scores, token requests and uses, latency and throttling by the hour or day, of all registrations or one; at most 31 days, which is how long they are stored',
    response: statisticsViewSchema,
    errors: { 404: 'registration_not_found' },
  })
  read(@ValidatedQuery(statisticsQuerySchema) query: StatisticsQuery): Promise<StatisticsView> {
    return this.statistics.read(query);
  }

  @Get('registrations')
  @Operation({
    summary: 'The registrations with the most of one count in a time, such as the slowest ones',
    response: rankingViewSchema,
  })
  ranking(@ValidatedQuery(rankingQuerySchema) query: RankingQuery): Promise<RankingView> {
    return this.statistics.ranking(query);
  }
}
