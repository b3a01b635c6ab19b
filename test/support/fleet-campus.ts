import { type NewLineItem } from '../../src/lti-services/grades/line-item.schema.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type TokenProcess } from './token-fleet.js';
import { type Authenticated, type Callers, type Outcomes, type StoredEntry } from './token-process.js';

type MoreCallers = Partial<Pick<Callers, 'patience' | 'permuted'>>;

/** A platform and the registration there of a tool that runs in several processes. */
export class FleetCampus {
  constructor(
    private readonly tool: string,
    readonly lms: SimulatedPlatform,
    readonly clientId: string,
    readonly registrationId: string,
  ) {}

  get tokenRequests(): number {
    return this.lms.counts.tokenRequests;
  }

  /** How many requests the platform refused, by reason. A correct tool has none. */
  get rejected(): Record<string, number> {
    return this.lms.counts.rejected;
  }

  /** The addresses of the rosters of new courses. */
  newRosters(count: number): string[] {
    return Array.from({ length: count }, () => this.lms.addCourse({ members: 2 }).membershipsUrl);
  }

  /** Makes `callers` calls at once in each of the processes. */
  async authenticate(
    processes: readonly TokenProcess[],
    callers = 1,
    more: MoreCallers = {},
  ): Promise<Authenticated> {
    const { tool, registrationId } = this;
    const all = await Promise.all(
      processes.map((each) => each.tell('authenticate', { tool, registrationId, callers, ...more })),
    );
    return {
      outcomes: total(all.map(({ outcomes }) => outcomes)),
      tokens: [...new Set(all.flatMap(({ tokens }) => tokens))],
    };
  }

  /** Calls each of the rosters once, all at the same time, distributed over the processes. */
  async readRosters(processes: readonly TokenProcess[], urls: readonly string[]): Promise<Outcomes> {
    const { tool, registrationId } = this;
    const all = await Promise.all(
      processes.map((each, index) => {
        const share = urls.filter((_, nth) => nth % processes.length === index);
        return each.tell('readRosters', { tool, registrationId, urls: share });
      }),
    );
    return total(all);
  }

  /** Finds or creates these line items in each of the processes at once. Returns their ids, each once. */
  async findOrCreate(
    processes: readonly TokenProcess[],
    lineItemsUrl: string,
    inputs: NewLineItem[],
  ): Promise<string[]> {
    const { tool, registrationId } = this;
    const all = await Promise.all(
      processes.map((each) => each.tell('findOrCreate', { tool, registrationId, lineItemsUrl, inputs })),
    );
    return [...new Set(all.flat())];
  }

  /** The entry of the store, read by one process. */
  stored(process: TokenProcess): Promise<StoredEntry[]> {
    return process.tell('list', this.tool, this.registrationId);
  }
}

/** Adds up the counts by outcome. */
export function total(all: readonly Outcomes[]): Outcomes {
  const sums: Outcomes = {};
  for (const outcomes of all) {
    for (const [outcome, count] of Object.entries(outcomes)) sums[outcome] = (sums[outcome] ?? 0) + count;
  }
  return sums;
}
