import { Injectable } from '@nestjs/common';

/** What is counted for each registration. */
export const statisticNames = [
  'launches',
  'refusedLaunches',
  'syncs',
  'failedSyncs',
  'scores',
  'rejectedScores',
  'tokenRequests',
  'tokenUses',
  'failedRequests',
  'requestMs',
  'slowestRequestMs',
  'throttledMs',
] as const;

type StatisticName = (typeof statisticNames)[number];
export type StatisticCounts = Record<StatisticName, number>;

/**
 * The counts of this process since they were last taken, for the history in the database. Metrics have no registration: a label of
 * each would be thousands of series.
 */
@Injectable()
export class RegistrationStatistics {
  private counts = new Map<string, StatisticCounts>();

  /** Adds to the counts of a registration. The slowest request is the maximum, not a sum. */
  add(registrationId: string, { slowestRequestMs = 0, ...added }: Readonly<Partial<StatisticCounts>>): void {
    const counts = this.counts.get(registrationId) ?? zeros();
    this.counts.set(registrationId, counts);
    for (const [name, value] of Object.entries(added)) counts[name as StatisticName] += value;
    counts.slowestRequestMs = Math.max(counts.slowestRequestMs, slowestRequestMs);
  }

  /** The counts by registration. From now on they begin at zero. */
  take(): ReadonlyMap<string, StatisticCounts> {
    const taken = this.counts;
    this.counts = new Map();
    return taken;
  }
}

function zeros(): StatisticCounts {
  return Object.fromEntries(statisticNames.map((name) => [name, 0])) as StatisticCounts;
}
