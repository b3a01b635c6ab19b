import { randomUUID } from 'node:crypto';
import { type MemberView } from '../../src/courses/course.schema.js';
import { type LineItemView, type ResultView } from '../../src/courses/gradebook.schema.js';
import { CourseSyncService } from '../../src/course-syncs/course-sync.service.js';
import { type RequestedRun, type SyncRunView } from '../../src/courses/sync-run.schema.js';
import {
  type SimulatedCourse,
  type SimulatedCourseInput,
  SimulatedPlatform,
  type SimulatedPlatformOptions,
} from '../../src/testing/index.js';
import { type JobQueue } from '../../src/jobs/job-queues.js';
import { type LtiTestApp } from './lti-app.js';
import { until } from './until.js';

/** Shorter than jest's time-out, so that a test that fails names what it waited for. */
const BOUND_MS = 20_000;

/** A course: its id in the database, and the platform's own record. */
export interface SyncedCourse {
  id: string;
  lms: SimulatedCourse;
}

/** A simulated platform, on the app's clock by default, that is connected with the app, and the syncs of its courses. */
export class SyncedPlatform {
  private constructor(
    private lti: LtiTestApp,
    readonly platform: SimulatedPlatform,
    readonly registrationId: string,
    readonly clientId: string,
  ) {}

  static async start(lti: LtiTestApp, options: SimulatedPlatformOptions = {}): Promise<SyncedPlatform> {
    const platform = await SimulatedPlatform.start({ throttles: false, clock: lti.clock, ...options });
    // All customers of hosted Canvas have one issuer, so two registrations differ only in the client id.
    const clientId = randomUUID();
    platform.addTool({ clientId, jwksUrl: lti.jwksUrl });
    const { body } = await lti
      .api('post', '/api/v1/registrations', {
        name: `A ${platform.family} platform`,
        issuer: platform.issuer,
        clientId,
        authorizationUrl: platform.authorizationUrl,
        tokenUrl: platform.tokenUrl,
        jwksUrl: platform.jwksUrl,
        tokenAudience: platform.tokenAudience,
        platformFamily: platform.family,
        deployments: ['1'],
      })
      .expect(201);
    return new SyncedPlatform(lti, platform, body.id as string, clientId);
  }

  /** Continues with another app on the same database. The platform reads the key set of that app. */
  moveTo(lti: LtiTestApp): void {
    this.lti = lti;
    this.platform.addTool({ clientId: this.clientId, jwksUrl: lti.jwksUrl });
  }

  /** `membershipsUrl` sends the app to another server than the platform's own. */
  addCourse(members: SimulatedCourseInput['members'], membershipsUrl?: string): Promise<SyncedCourse> {
    return this.add(this.platform.addCourse({ members }), { membershipsUrl });
  }

  /** A course whose line items and results are synced, too. `lineItemsUrl`: as `membershipsUrl` of `addCourse`. */
  addGradedCourse(members: SimulatedCourseInput['members'], lineItemsUrl?: string): Promise<SyncedCourse> {
    const lms = this.platform.addCourse({ members });
    return this.add(lms, { lineItemsUrl: lineItemsUrl ?? lms.lineItemsUrl });
  }

  /** A course of the platform with its roster and its gradebook, in the deployment `1` or its own. */
  addWhole(input: SimulatedCourseInput): Promise<SyncedCourse> {
    const lms = this.platform.addCourse(input);
    return this.add(lms, { lineItemsUrl: lms.lineItemsUrl });
  }

  private async add(
    lms: SimulatedCourse,
    { membershipsUrl, lineItemsUrl }: { membershipsUrl?: string | undefined; lineItemsUrl?: string },
  ): Promise<SyncedCourse> {
    const { body } = await this.lti
      .api('post', '/api/v1/courses', {
        registrationId: this.registrationId,
        deploymentId: lms.deploymentId ?? '1',
        contextId: lms.contextId,
        title: lms.title,
        membershipsUrl: membershipsUrl ?? lms.membershipsUrl,
        lineItemsUrl,
      })
      .expect(201);
    return { id: body.id as string, lms };
  }

  /** Requests a sync. */
  async request({ id }: SyncedCourse): Promise<RequestedRun> {
    const { body } = await this.lti.api('post', `/api/v1/courses/${id}/sync`).expect(202);
    return body as RequestedRun;
  }

  /** Requests a sync and waits for its end, whatever the outcome. */
  async sync(course: SyncedCourse, boundMs = BOUND_MS): Promise<SyncRunView> {
    return this.untilEnded((await this.request(course)).id, boundMs);
  }

  async run(runId: string): Promise<SyncRunView> {
    const { body } = await this.lti.api('get', `/api/v1/sync-runs/${runId}`).expect(200);
    return body as SyncRunView;
  }

  untilEnded(runId: string, boundMs = BOUND_MS): Promise<SyncRunView> {
    return this.untilRun(runId, ({ finishedAt }) => finishedAt !== null, boundMs);
  }

  untilRun(runId: string, holds: (run: SyncRunView) => boolean, boundMs = BOUND_MS): Promise<SyncRunView> {
    return until(
      `sync run ${runId} in the wanted state`,
      async () => {
        const run = await this.run(runId);
        return holds(run) ? run : undefined;
      },
      boundMs,
    );
  }

  /** Advances the clock, and starts a delayed run. The delay of its job is ended, because BullMQ uses the machine's clock. */
  async goOn(runId: string, ms: number): Promise<void> {
    this.lti.clock.advance(ms);
    const queue = queueOf(this.lti);
    await until('the next try', async () => {
      await queue.promoteJobs();
      return (await this.run(runId)).status === 'delayed' ? undefined : true;
    });
  }

  /** All stored members of a course, page by page. */
  members(course: SyncedCourse): Promise<MemberView[]> {
    return this.stored(course, 'members');
  }

  /** All stored line items of a course, by their labels. */
  async lineItems(course: SyncedCourse): Promise<LineItemView[]> {
    const items = await this.stored<LineItemView>(course, 'line-items');
    return items.sort((one, other) => (one.label < other.label ? -1 : 1));
  }

  /** The stored results of a line item, by user id. */
  results(course: SyncedCourse, { url }: { url: string }): Promise<ResultView[]> {
    return this.stored(course, 'results', `&lineItemId=${encodeURIComponent(url)}`);
  }

  private async stored<T>({ id }: SyncedCourse, what: string, filter = ''): Promise<T[]> {
    const items: T[] = [];
    for (let cursor = ''; ;) {
      const path = `/api/v1/courses/${id}/${what}?limit=500${filter}${cursor}`;
      const { body } = await this.lti.api('get', path).expect(200);
      items.push(...(body.items as T[]));
      if (body.nextCursor === undefined) return items;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor as string)}`;
    }
  }

  async memberIds(course: SyncedCourse): Promise<string[]> {
    return (await this.members(course)).map(({ userId }) => userId);
  }

  stop(): Promise<void> {
    return this.platform.stop();
  }
}

/** The queue of the app's sync jobs. */
export function queueOf({ app }: LtiTestApp): JobQueue<unknown> {
  return Reflect.get(app.get(CourseSyncService, { strict: false }), 'queue') as JobQueue<unknown>;
}

/** The ids at the platform, in the order of the API's lists. */
export function idsOf({ lms }: SyncedCourse): string[] {
  return lms.members.map(({ userId }) => userId).sort();
}
