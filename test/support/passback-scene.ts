import { type OutboxScoreView, type ScoreVerdicts } from '../../src/grade-passback/outbox.schema.js';
import { DeliveryScheduler } from '../../src/grade-passback/delivery.scheduler.js';
import { type DeliveryStateView } from '../../src/grade-passback/delivery-state.view.js';
import { type SuspensionView } from '../../src/grade-passback/suspension.view.js';
import {
  type SimulatedCourse,
  type SimulatedLineItem,
  type SimulatedMember,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
} from '../../src/testing/index.js';
import { type LtiTestApp } from './lti-app.js';
import { SyncedPlatform } from './synced-platform.js';
import { until } from './until.js';

/** A course at the platform and in the database, with one line item with a maximum of 20. */
export interface GradedCourse {
  id: string;
  lms: SimulatedCourse;
  item: SimulatedLineItem;
}

export interface ScoreBody {
  userId: string;
  scoreGiven: number | null;
  [field: string]: unknown;
}

/** The state of the deliveries of a registration, with its suspensions. */
export type PassbackState = Omit<DeliveryStateView, 'suspensions'> & { suspensions: SuspensionView[] };

/** A simulated platform that is registered with the app, and the app's outbox for its courses. */
export class PassbackScene {
  private constructor(
    readonly lti: LtiTestApp,
    readonly synced: SyncedPlatform,
  ) {}

  static async start(
    lti: LtiTestApp,
    options: Omit<SimulatedPlatformOptions, 'clock'> = {},
  ): Promise<PassbackScene> {
    return new PassbackScene(lti, await SyncedPlatform.start(lti, options));
  }

  get lms(): SimulatedPlatform {
    return this.synced.platform;
  }

  get registrationId(): string {
    return this.synced.registrationId;
  }

  /** The members from `2` on are students. Every family accepts these ids. */
  async addCourse(members = 5): Promise<GradedCourse> {
    const lms = this.lms.addCourse({ members: Array.from({ length: members }, (_, index) => member(index)) });
    const { body } = await this.lti
      .api('post', '/api/v1/courses', {
        registrationId: this.registrationId,
        deploymentId: '1',
        contextId: lms.contextId,
        membershipsUrl: lms.membershipsUrl,
        lineItemsUrl: lms.lineItemsUrl,
      })
      .expect(201);
    return {
      id: body.id as string,
      lms,
      item: lms.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 }),
    };
  }

  /** A score for the course's line item, whose maximum is 20. */
  async enqueue({ id, item }: GradedCourse, ...scores: ScoreBody[]): Promise<ScoreVerdicts> {
    const { body } = await this.lti
      .api(
        'post',
        `/api/v1/courses/${id}/scores`,
        scores.map((score) => ({ lineItemId: item.url, scoreMaximum: 20, ...score })),
      )
      .expect(202);
    return body as ScoreVerdicts;
  }

  async scores({ id }: GradedCourse, query = ''): Promise<OutboxScoreView[]> {
    const { body } = await this.lti
      .api('get', `/api/v1/courses/${id}/scores?limit=500&order=asc${query}`)
      .expect(200);
    return body.items as OutboxScoreView[];
  }

  /** With the suspensions, the oldest first. */
  async state(): Promise<PassbackState> {
    const path = `/api/v1/registrations/${this.registrationId}`;
    for (;;) {
      const list = await this.lti.api('get', `${path}/suspensions?order=asc&limit=500`).expect(200);
      const { body } = await this.lti.api('get', `${path}/delivery`).expect(200);
      const state = body as DeliveryStateView;
      const suspensions = list.body.items as SuspensionView[];
      // Otherwise one began or ended between the two answers.
      if (suspensions.length === state.suspensions) return { ...state, suspensions };
    }
  }

  /** Advances the clock, and starts a delivery of the scores that are due. */
  async pass(ms: number): Promise<void> {
    this.lti.clock.advance(ms);
    await this.tick();
  }

  async tick(): Promise<void> {
    await this.lti.app.get(DeliveryScheduler, { strict: false }).tick();
  }

  /** Waits until the scores of a course pass the check; by default, until none is pending. */
  untilScores(
    course: GradedCourse,
    holds: (scores: OutboxScoreView[]) => boolean = (scores) =>
      scores.every(({ status }) => status !== 'pending'),
  ): Promise<OutboxScoreView[]> {
    return until('the scores in the wanted state', async () => {
      const scores = await this.scores(course);
      return holds(scores) ? scores : undefined;
    });
  }

  untilState(holds: (state: PassbackState) => boolean): Promise<PassbackState> {
    return until('the deliveries in the wanted state', async () => {
      const state = await this.state();
      return holds(state) ? state : undefined;
    });
  }

  stop(): Promise<void> {
    return this.lms.stop();
  }
}

function member(index: number): Partial<SimulatedMember> {
  return { userId: String(index + 1), roles: [index === 0 ? 'Instructor' : 'Learner'] };
}
