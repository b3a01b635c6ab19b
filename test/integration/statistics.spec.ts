import { randomUUID } from 'node:crypto';
import { RegistrationStatistics, type StatisticCounts } from '../../src/metrics/registration-statistics.js';
import { DeletionCleaner } from '../../src/personal-data/deletion.cleaner.js';
import { StatisticsRepository } from '../../src/statistics/statistics.repository.js';
import { StatisticsScheduler } from '../../src/statistics/statistics.scheduler.js';
import { type StatisticPoint, type StatisticsView } from '../../src/statistics/statistics.schema.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('the statistics of registrations', () => {
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;
  let counted: RegistrationStatistics;
  let scheduler: StatisticsScheduler;
  beforeAll(async () => {
    scene = await LaunchScene.start();
    scene.lti.clock.advance(90_000);
    platform = await scene.platform({ family: 'moodle' });
    tool = await scene.register(platform);
    counted = scene.lti.app.get(RegistrationStatistics, { strict: false });
    scheduler = scene.lti.app.get(StatisticsScheduler, { strict: false });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    counted.take();
  });
  afterAll(() => scene.stop());

  const read = async (query = ''): Promise<StatisticsView> =>
    (
      await scene.lti
        .api('get', `/api/v1/statistics?registrationId=${tool.registrationId}${query}`)
        .expect(200)
    ).body as StatisticsView;
  const now = async (): Promise<StatisticPoint> => (await read()).points.at(-1)!;
  const register = async (): Promise<string> => (await scene.register(platform)).registrationId;

  it('are by hour and registration: launches, syncs, scores, token requests and uses, latency', async () => {
    const launch = (input = {}) => scene.browser().launch(scene.begin(platform, tool, input));
    expect((await launch()).status).toBe(200);
    expect((await launch({ attack: 'exp-past' })).status).toBe(401);
    const { body: courses } = await scene.lti.api(
      'get',
      `/api/v1/courses?registrationId=${tool.registrationId}`,
    );
    const courseId = (courses.items as { id: string }[])[0]!.id;
    const { body: run } = await scene.lti.api('post', `/api/v1/courses/${courseId}/sync`).expect(202);
    await until('the sync has ended', async () => {
      const { body } = await scene.lti.api('get', `/api/v1/sync-runs/${run.id}`);
      return body.status === 'completed' || undefined;
    });
    const course = platform.course('course-1');
    const score = { scoreGiven: 1, scoreMaximum: 10, lineItemId: course.gradebook.lineItems[0]!.url };
    await scene.lti
      .api('post', `/api/v1/courses/${courseId}/scores`, [
        { ...score, userId: course.learner.userId },
        { ...score, userId: '999999' },
      ])
      .expect(202);
    await until('both scores have ended', async () => {
      const { body } = await scene.lti.api('get', `/api/v1/courses/${courseId}/scores`);
      return (body.items as { status: string }[]).every(({ status }) => status !== 'pending') || undefined;
    });
    await scheduler.tick();
    const { points, from, to, interval } = await read();
    expect({ from, interval, points: points.length }).toEqual({
      from: new Date(Math.floor((scene.lti.clock.nowMs() - DAY_MS) / HOUR_MS) * HOUR_MS).toISOString(),
      interval: 'hour',
      points: 25,
    });
    expect(to).toBe(scene.lti.clock.now().toISOString());
    const { tokenUses, meanRequestMs, slowestRequestMs, ...point } = points.at(-1)!;
    expect(point).toEqual({
      at: new Date(Math.floor(scene.lti.clock.nowMs() / HOUR_MS) * HOUR_MS).toISOString(),
      ...{ launches: 1, refusedLaunches: 1, syncs: 1, failedSyncs: 0, scores: 1, rejectedScores: 1 },
      ...{ tokenRequests: 1, failedRequests: 1, throttledSeconds: 0 },
    });
    expect(tokenUses).toBeGreaterThan(3);
    expect(meanRequestMs).toBeGreaterThan(0);
    expect(slowestRequestMs).toBeGreaterThanOrEqual(meanRequestMs ?? Infinity);
    expect(points[0]).toMatchObject({
      launches: 0,
      tokenUses: 0,
      meanRequestMs: null,
      slowestRequestMs: null,
    });
    const { points: days } = await read('&interval=day');
    expect(days.reduce((sum, { launches }) => sum + launches, 0)).toBe(1);
  });

  it('are summed up over all processes and registrations, also when they write at the same time', async () => {
    const ids = await Promise.all([register(), register(), register()]);
    const repository = scene.lti.app.get(StatisticsRepository, { strict: false });
    const one = Object.fromEntries(
      ['launches', 'refusedLaunches', 'syncs', 'failedSyncs', 'scores', 'rejectedScores', 'tokenRequests']
        .concat(['tokenUses', 'failedRequests', 'requestMs', 'slowestRequestMs', 'throttledMs'])
        .map((name) => [name, 1]),
    ) as StatisticCounts;
    const at = new Date(scene.lti.clock.nowMs() - 2 * DAY_MS);
    await Promise.all(
      Array.from({ length: 20 }, (_, process) => {
        const inSomeOrder = process % 2 === 0 ? ids : ids.toReversed();
        const counts = inSomeOrder.map((id) => [id, { ...one, slowestRequestMs: process }] as const);
        return repository.add(new Map([...counts, [randomUUID(), one]]), at);
      }),
    );
    const range = `from=${at.toISOString()}&to=${new Date(at.getTime() + 1).toISOString()}`;
    const { body } = await scene.lti.api('get', `/api/v1/statistics?${range}`).expect(200);
    expect((body as StatisticsView).points).toEqual([
      {
        at: expect.any(String),
        ...{ launches: 60, refusedLaunches: 60, syncs: 60, failedSyncs: 60, scores: 60, rejectedScores: 60 },
        ...{ tokenRequests: 60, tokenUses: 60, failedRequests: 60, throttledSeconds: 0.06 },
        ...{ meanRequestMs: 0.5, slowestRequestMs: 19 },
      },
    ]);
  });

  it('rank the registrations by what was asked for', async () => {
    const [slow, busy] = [await register(), await register()];
    counted.add(slow, { tokenUses: 1, requestMs: 9000, slowestRequestMs: 9000 });
    counted.add(busy, { tokenUses: 5000, requestMs: 5000, slowestRequestMs: 3, throttledMs: 30_000 });
    await scheduler.tick();
    const first = async (by: string): Promise<unknown> => {
      const { body } = await scene.lti
        .api('get', `/api/v1/statistics/registrations?limit=1&by=${by}`)
        .expect(200);
      return (body.items as { registrationId: string }[]).map(({ registrationId }) => registrationId);
    };
    expect(await first('meanRequestMs')).toEqual([slow]);
    expect(await first('tokenUses')).toEqual([busy]);
    expect(await first('throttledSeconds')).toEqual([busy]);
    await scene.lti.api('get', '/api/v1/statistics/registrations?by=name').expect(400);
  });

  it('are one statement a minute, none without counts, and are written later after a failure', async () => {
    const dataSource = dataSourceOf(scene.lti);
    const query = jest.spyOn(dataSource, 'query');
    await scheduler.tick();
    expect(query).not.toHaveBeenCalled();
    const { launches } = await now();
    for (const _ of [1, 2, 3]) counted.add(tool.registrationId, { launches: 1 });
    query.mockClear().mockRejectedValueOnce(new Error('The database is down.'));
    await scheduler.tick();
    counted.add(tool.registrationId, { launches: 1 });
    await scheduler.tick();
    await scheduler.tick();
    expect(query).toHaveBeenCalledTimes(2);
    expect(await now()).toMatchObject({ launches: launches + 4 });
  });

  it('refuse a time that is empty or longer than they are kept, with the name of the field', async () => {
    const fault = async (query: string): Promise<unknown> => {
      const { body } = await scene.lti.api('get', `/api/v1/statistics?${query}`).expect(400);
      return (body.errors as { field: string }[]).map(({ field }) => field);
    };
    expect(await fault('from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z')).toEqual(['from']);
    expect(await fault('from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:01Z')).toEqual(['from']);
    expect(await fault('from=yesterday')).toEqual(['from']);
    expect(await fault('interval=minute')).toEqual(['interval']);
    await scene.lti.api('get', `/api/v1/statistics?registrationId=${randomUUID()}`).expect(404);
    await scene.lti
      .api('get', '/api/v1/statistics?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&interval=day')
      .expect(200);
  });

  it('are deleted after 31 days', async () => {
    counted.add(tool.registrationId, { launches: 1 });
    await scheduler.tick();
    const rows = async (): Promise<number> =>
      (
        await dataSourceOf(scene.lti).query<unknown[]>(
          'SELECT FROM nest_lti.registration_statistic WHERE registration_id = $1',
          [tool.registrationId],
        )
      ).length;
    const clean = () => scene.lti.app.get(DeletionCleaner, { strict: false }).tick();
    scene.lti.clock.advance(30 * DAY_MS);
    await clean();
    expect(await rows()).toBe(1);
    scene.lti.clock.advance(DAY_MS + HOUR_MS);
    await clean();
    expect(await rows()).toBe(0);
  });

  it('are written when the process stops', async () => {
    const { launches } = await now();
    counted.add(tool.registrationId, { launches: 1 });
    await scheduler.beforeApplicationShutdown();
    expect(await now()).toMatchObject({ launches: launches + 1 });
  });
});
