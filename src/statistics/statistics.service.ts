import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { InvalidRequest } from '../common/reactions.errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { StatisticsRepository } from './statistics.repository.js';
import {
  type RankingQuery,
  type RankingView,
  type StatisticPoint,
  type StatisticsQuery,
  type StatisticsView,
  STORED_FOR_MS,
} from './statistics.schema.js';

const LENGTH_MS = { hour: 3_600_000, day: 86_400_000 } as const;

const NOTHING: Omit<StatisticPoint, 'at'> = {
  launches: 0,
  refusedLaunches: 0,
  syncs: 0,
  failedSyncs: 0,
  scores: 0,
  rejectedScores: 0,
  tokenRequests: 0,
  tokenUses: 0,
  failedRequests: 0,
  meanRequestMs: null,
  slowestRequestMs: null,
  throttledSeconds: 0,
};

/** What happened with registrations, by the hour or day, of all processes together. Each process writes its counts once a minute. */
@Injectable()
export class StatisticsService {
  constructor(
    private readonly statistics: StatisticsRepository,
    private readonly registrations: RegistrationService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws {NotFound} `registration_not_found`; {InvalidRequest} `invalid_request`: a range that is empty or too long */
  async read({ interval, registrationId, ...query }: StatisticsQuery): Promise<StatisticsView> {
    const { from, to } = this.rangeOf(query, LENGTH_MS[interval]);
    if (registrationId !== undefined) await this.registrations.get(registrationId);
    const found = await this.statistics.points({ from, to, interval }, registrationId);
    const counted = new Map(found.map((point) => [point.at, point]));
    const points: StatisticPoint[] = [];
    for (let ms = from.getTime(); ms < to.getTime(); ms += LENGTH_MS[interval]) {
      const at = new Date(ms).toISOString();
      points.push(counted.get(at) ?? { at, ...NOTHING });
    }
    return { from: from.toISOString(), to: to.toISOString(), interval, points };
  }

  /** @throws {InvalidRequest} `invalid_request`: a range that is empty or too long */
  async ranking({ by, limit, ...query }: RankingQuery): Promise<RankingView> {
    return { items: await this.statistics.ranking(this.rangeOf(query, LENGTH_MS.hour), { by, limit }) };
  }

  /** From the beginning of an interval, so that none is counted in part. */
  private rangeOf(query: { from?: string | undefined; to?: string | undefined }, lengthMs: number) {
    const to = query.to === undefined ? this.clock.now() : new Date(query.to);
    const asked = query.from === undefined ? to.getTime() - LENGTH_MS.day : new Date(query.from).getTime();
    const from = new Date(Math.floor(asked / lengthMs) * lengthMs);
    if (asked >= to.getTime()) throw InvalidRequest.of([{ field: 'from', message: 'must be before `to`' }]);
    if (to.getTime() - asked > STORED_FOR_MS)
      throw InvalidRequest.of([{ field: 'from', message: 'must be at most 31 days before `to`' }]);
    return { from, to };
  }
}
