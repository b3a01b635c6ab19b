import { type FleetCampus, total } from '../support/fleet-campus.js';
import { type TokenProcess } from '../support/token-fleet.js';
import { type Outcomes } from '../support/token-process.js';
import { type TokenStage } from '../support/token-stage.js';
import { until } from '../support/until.js';

const HOUR = 3600_000;

/** How an outage of a store's server begins and ends. */
export interface Outage {
  what: string;
  begin: (stage: TokenStage) => Promise<void> | void;
  end: (stage: TokenStage) => Promise<void> | void;
}

/** The store fails in the middle of renewals, while 4 processes call all the time. */
export function outageCases(stage: () => TokenStage, tool: string, outages: readonly Outage[]): void {
  describe.each(outages)('a store that $what in the middle of a renewal', ({ begin, end }) => {
    let campus: FleetCampus;
    let four: readonly TokenProcess[];
    let calling: Calling;
    beforeEach(async () => {
      campus = await stage().campus(tool);
      four = stage().processes.slice(0, 4);
      calling = new Calling(campus, four);
      await calling.round();
    });

    it('fails no caller, lets no outdated token back, and is used again by all once it is back', async () => {
      await stage().advance(HOUR);
      const { there } = await four[0]!.pauseAt('after-answer', campus.registrationId);
      const own = campus.authenticate([four[0]!]);
      await there;
      calling.start();
      await begin(stage());
      await four[0]!.tell('goOn', campus.registrationId);
      expect((await own).outcomes).toEqual({ 200: 1 });
      await calling.rounds(2);
      // Again, with the outage from the beginning.
      await calling.whileResting(() => stage().advance(HOUR));
      await calling.rounds(2);
      expect(campus.tokenRequests).toBeLessThanOrEqual(1 + 2 * four.length);

      await end(stage());
      await until('all processes have the same token', async () => {
        // The processes check the store every few seconds.
        await stage().advance(6000);
        const { tokens } = await campus.authenticate(four);
        const [entry] = await campus.stored(four[0]!).catch(() => []);
        return (tokens.length === 1 && entry?.hash === tokens[0]) || undefined;
      });
      const requests = campus.tokenRequests;
      await calling.whileResting(() => stage().advance(HOUR));
      await calling.rounds(2);

      expect(campus.tokenRequests).toBe(requests + 1);
      const outcomes = await calling.stop();
      expect(outcomes).toEqual({ 200: outcomes[200] });
      expect(campus.rejected).toEqual({});
    }, 60_000);
  });
}

/** Repeated rounds of calls from all processes. */
class Calling {
  private readonly rosters: string[];
  private readonly ended: Outcomes[] = [];
  private isStopped = true;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly campus: FleetCampus,
    private readonly processes: readonly TokenProcess[],
  ) {
    this.rosters = campus.newRosters(2 * processes.length);
  }

  async round(): Promise<void> {
    this.ended.push(await this.campus.readRosters(this.processes, this.rosters));
  }

  start(): void {
    this.isStopped = false;
    this.running = (async () => {
      while (!this.isStopped) await this.round();
    })();
  }

  /** Resolves after `count` whole rounds from now on. */
  async rounds(count: number): Promise<void> {
    // The round in progress does not count: it began before.
    const wanted = this.ended.length + 1 + count;
    await until('callers have their answers', () =>
      Promise.resolve(this.ended.length >= wanted || undefined),
    );
  }

  /** Pauses the calls while the clocks are set one after the other: a token of a call in flight would be too old. */
  async whileResting(setClocks: () => Promise<void>): Promise<void> {
    await this.stop();
    await setClocks();
    this.start();
  }

  async stop(): Promise<Outcomes> {
    this.isStopped = true;
    await this.running;
    return total(this.ended);
  }
}
