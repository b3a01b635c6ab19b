import { type LtiModuleOptions } from '../../src/config/lti-config.js';
import { type OutboxScoreInput } from '../../src/grade-passback/outbox.schema.js';
import { type DeliveryStateView } from '../../src/grade-passback/delivery-state.view.js';
import { type SuspensionView } from '../../src/grade-passback/suspension.view.js';
import {
  type SimulatedLineItem,
  SimulatedPlatform,
  type SimulatedToolInput,
} from '../../src/testing/index.js';
import { type QueryResultRow } from 'pg';
import { ShiftedClock } from '../../src/testing/shifted-clock.js';
import { sql } from './sql.js';
import { createMigratedDatabase, type TestDatabase } from './test-database.js';
import { TokenFleet, type TokenProcess } from './token-fleet.js';
import { type ToolSettings } from './token-process.js';
import { until } from './until.js';

const TOOL = 'tool';
const BOUND_MS = 60_000;

/** A course at the platform and in the database, with one line item. */
export interface FleetCourse {
  id: string;
  item: SimulatedLineItem;
}

/** A tool in several processes that send scores to one simulated platform. One more process accepts scores and sends none. */
export class PassbackFleet {
  private constructor(
    private readonly database: TestDatabase,
    private readonly fleet: TokenFleet,
    private readonly intake: TokenProcess,
    readonly lms: SimulatedPlatform,
    private readonly registrationId: string,
    private readonly senderOptions: Partial<LtiModuleOptions>,
  ) {}

  /** @param senderOptions of the processes that send */
  static async start(senderOptions: Partial<LtiModuleOptions> = {}): Promise<PassbackFleet> {
    const [database, fleet, lms] = await Promise.all([
      createMigratedDatabase(),
      TokenFleet.start(),
      SimulatedPlatform.start({ family: 'generic', clock: new ShiftedClock() }),
    ]);
    const [intake] = await fleet.fill(1);
    if (intake === undefined) throw new Error('No process was started.');
    await intake.tell('open', TOOL, settings(database.url, 0));
    lms.addTool({
      clientId: 'client',
      jwks: (await intake.tell('jwks', TOOL)) as SimulatedToolInput['jwks'],
    });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl };
    const registrationId = await intake.tell('register', TOOL, {
      ...urls,
      name: 'Campus',
      clientId: 'client',
      deployments: ['1'],
    });
    return new PassbackFleet(database, fleet, intake, lms, registrationId, senderOptions);
  }

  /** The processes that send. */
  get senders(): readonly TokenProcess[] {
    return this.fleet.processes.filter((each) => each !== this.intake);
  }

  /** Starts processes until there are `size`: killed ones are replaced. */
  async fill(senders: number): Promise<void> {
    const added = await this.fleet.fill(senders + 1);
    const { url } = this.database;
    await Promise.all(added.map((each) => each.tell('open', TOOL, settings(url, 5, this.senderOptions))));
  }

  async addCourse(members: number): Promise<FleetCourse> {
    const course = this.lms.addCourse({ members });
    const { contextId, membershipsUrl, lineItemsUrl } = course;
    const place = { registrationId: this.registrationId, deploymentId: '1', contextId };
    const id = await this.intake.tell('addCourse', TOOL, { ...place, membershipsUrl, lineItemsUrl });
    return { id, item: course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 10_000 }) };
  }

  /** Queues scores for the course's line item, whose maximum is 10,000. Default: in the process that sends none. */
  enqueue(
    { id, item }: FleetCourse,
    scores: readonly Pick<OutboxScoreInput, 'userId' | 'scoreGiven'>[],
    by: TokenProcess = this.intake,
  ): Promise<number> {
    const complete = scores.map((score) => ({ ...score, lineItemId: item.url, scoreMaximum: 10_000 }));
    return by.tell('enqueueScores', TOOL, id, complete);
  }

  /** SIGKILL for the process that is delivering. */
  async killSender(): Promise<void> {
    const victim = await until(
      'a process that sends',
      async () => {
        const holders = await this.sql<{ held_by: string }>('SELECT held_by FROM nest_lti.lease');
        return this.senders.find(({ pid }) => holders.some((row) => row.held_by.endsWith(`:${pid}`)));
      },
      BOUND_MS,
    );
    await victim.kill();
  }

  delivery(): Promise<DeliveryStateView> {
    return this.intake.tell('delivery', TOOL, this.registrationId);
  }

  suspensions(): Promise<SuspensionView[]> {
    return this.intake.tell('suspensions', TOOL, this.registrationId);
  }

  untilAllSettled(): Promise<DeliveryStateView> {
    return until(
      'all scores settled',
      async () => {
        const state = await this.delivery();
        return state.scores.pending === 0 ? state : undefined;
      },
      BOUND_MS,
    );
  }

  untilAccepted(count: number): Promise<boolean> {
    const isThere = () => Promise.resolve(this.lms.counts.scoresAccepted >= count || undefined);
    return until(`${count} scores at the platform`, isThere, BOUND_MS);
  }

  sql<Row extends QueryResultRow>(statement: string): Promise<Row[]> {
    return sql<Row>(this.database.url, statement);
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
    await this.lms.stop();
    await this.database.drop();
  }
}

/** A process that died is noticed after a second. */
function settings(url: string, concurrency: number, more: Partial<LtiModuleOptions> = {}): ToolSettings {
  return {
    options: {
      publicUrl: 'https://tool.example.edu',
      database: { url },
      tokenStore: 'postgres',
      encryptionKeys: `a:${Buffer.alloc(32, 1).toString('base64')}`,
      platformHttp: { allowPrivateNetworks: true },
      courseSync: { every: 'never', concurrency: 0 },
      gradePassback: { concurrency },
      ...more,
    },
    jobTerms: { lockMs: 1000, stalledCheckMs: 300 },
    slotTimes: { renewalMs: 200, termMs: 800, idleMs: 500, turnMs: 500 },
  };
}
