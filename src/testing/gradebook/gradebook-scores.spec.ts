import { GradebookScene, nextOf } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { agsScopes, resultContainerMediaType } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

describe('the scores and results of a gradebook by AGS 2.0', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'generic');
    item = scene.addLineItem('Quiz', 20);
  });
  afterEach(() => scene.stop());

  const post = async (changes: Record<string, unknown> = {}) =>
    (await scene.post(item, scene.score(changes))).status;
  const resultOf = (userId = 'user-00002') =>
    scene.lms.gradebook('6')[0]?.results.find((each) => each.userId === userId);
  const later = (ms = 1) => {
    scene.clock.advance(ms);
    return scene.clock.now().toISOString();
  };

  it('accepts a score without a body in its answer, and returns the result', async () => {
    const { status, text } = await scene.post(item, scene.score({ comment: 'Größe <b>' }));
    expect([status, text]).toEqual([204, '']);
    const { json, headers } = await scene.results(item);
    expect(headers.get('content-type')).toBe(`${resultContainerMediaType}; charset=utf-8`);
    expect(json).toEqual([
      {
        id: `${item.url}/results/user-00002`,
        userId: 'user-00002',
        resultScore: 15,
        resultMaximum: 20,
        comment: 'Größe <b>',
        scoreOf: item.url,
      },
    ]);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 1, scoresAccepted: 1, resultRequests: 1 });
  });

  it.each([
    [1, 3, 20 / 3],
    [0.11, 20, 0.11],
    [30, 20, 30],
    [0, 20, 0],
  ])('scales %d of %d to the maximum of the line item', async (scoreGiven, scoreMaximum, resultScore) => {
    expect(await post({ scoreGiven, scoreMaximum })).toBe(204);
    expect(resultOf()?.resultScore).toBe(resultScore);
  });

  it.each([
    ['userId', undefined],
    ['userId', 7],
    ['timestamp', undefined],
    ['timestamp', '2026-01-05T08:00:00.000'],
    ['timestamp', '2026-02-31T08:00:00Z'],
    ['timestamp', 'yesterday'],
    ['activityProgress', undefined],
    ['activityProgress', 'Done'],
    ['gradingProgress', undefined],
    ['gradingProgress', 'fullygraded'],
    ['scoreGiven', -1],
    ['scoreGiven', '15'],
    ['scoreMaximum', undefined],
    ['scoreMaximum', 0],
    ['comment', null],
    ['scoringUserId', 5],
    ['submission', { submittedAt: 'now' }],
  ])('refuses a score whose %s is %j', async (field, value) => {
    const { status, text } = await scene.post(item, scene.score({ [field]: value }));
    expect([status, text]).toEqual([
      400,
      expect.stringContaining(field === 'submission' ? 'submittedAt' : field),
    ]);
    expect(item.entries).toEqual([]);
    expect(scene.lms.counts.scoresAccepted).toBe(0);
  });

  it('refuses a body that is not JSON, and another content type', async () => {
    expect((await scene.post(item, '{')).status).toBe(400);
    expect((await scene.post(item, scene.score(), 'application/json')).status).toBe(415);
  });

  it('deletes the grade when there is no scoreGiven, and keeps the result without one', async () => {
    await post();
    expect(await post({ scoreGiven: undefined, scoreMaximum: undefined, timestamp: later() })).toBe(204);
    expect(resultOf()).not.toHaveProperty('resultScore');
    expect((await scene.results(item)).json).toEqual([
      expect.not.objectContaining({ resultScore: expect.anything() }),
    ]);
  });

  it.each(['Failed', 'NotReady'])('does not count a score whose grading is %s', async (gradingProgress) => {
    expect(await post({ gradingProgress })).toBe(204);
    expect(resultOf()).toMatchObject({ gradingProgress, accepted: 1 });
    expect(resultOf()).not.toHaveProperty('resultScore');
  });

  it('refuses a timestamp that is not later than the last, to the millisecond, for each user', async () => {
    const first = scene.clock.now().toISOString();
    expect(await post()).toBe(204);
    expect(await post({ scoreGiven: 1 })).toBe(409);
    expect(await post({ scoreGiven: 1, timestamp: '2026-01-05T07:59:59.999Z' })).toBe(409);
    expect(await post({ scoreGiven: 1, timestamp: '2026-01-05T09:00:00.000+01:00' })).toBe(409);
    expect(await post({ userId: 'user-00003', timestamp: first })).toBe(204);
    expect(await post({ scoreGiven: 2, timestamp: later(1) })).toBe(204);
    expect(resultOf()).toMatchObject({
      resultScore: 2,
      lastTimestamp: '2026-01-05T08:00:00.001Z',
      accepted: 2,
    });
    expect(scene.lms.counts.rejected).toEqual({ stale_timestamp: 3 });
  });

  it('refuses a score that is earlier than one set by another system', async () => {
    item.setScore({ userId: 'user-00002', scoreGiven: 9, timestamp: '2026-01-06T00:00:00Z' });
    expect(await post()).toBe(409);
    expect(resultOf()).toMatchObject({ resultScore: 9, accepted: 0, attempts: 0 });
    expect(await post({ timestamp: '2026-01-06T00:00:00.001Z' })).toBe(204);
    expect(scene.lms.counts.scoresAccepted).toBe(1);
    expect(() => item.setScore({ userId: 'x', timestamp: 'soon' })).toThrow(/timestamp/);
  });

  it('accepts scores for the current members, also after changes', async () => {
    expect(await post({ userId: 'user-00001' })).toBe(204);
    expect(await post({ userId: 'nobody' })).toBe(400);
    scene.course.members.unshift({ userId: 'nobody', roles: [] });
    expect(await post({ userId: 'nobody' })).toBe(204);
    scene.course.removeMember('user-00001');
    expect(await post({ userId: 'user-00001', timestamp: later() })).toBe(400);
    expect(scene.lms.counts.rejected).toEqual({ unknown_user: 2 });
  });

  it('refuses a score for a locked line item', async () => {
    item.locked = true;
    expect(await post()).toBe(403);
    item.locked = false;
    expect(await post()).toBe(204);
  });

  it('stores the last score completely, with its extensions', async () => {
    await post({
      'https://tool.example/why': ['because'],
      submission: { startedAt: '2026-01-01T00:00:00Z' },
    });
    expect(item.entry('user-00002')?.lastScore).toMatchObject({
      'https://tool.example/why': ['because'],
      submission: { startedAt: '2026-01-01T00:00:00Z' },
    });
  });

  it('returns results in pages and those of one user', async () => {
    for (const { userId } of scene.course.members) await post({ userId });
    const first = await scene.results(item, 'limit=3');
    const second = await scene.call('GET', String(nextOf(first)), { accept: resultContainerMediaType });
    const ids = [first, second].map(({ json }) => (json as { userId: string }[]).map(({ userId }) => userId));
    expect(ids).toEqual([
      ['user-00001', 'user-00002', 'user-00003'],
      ['user-00004', 'user-00005'],
    ]);
    expect((await scene.results(item, 'user_id=user-00004')).json).toMatchObject([{ userId: 'user-00004' }]);
    expect((await scene.results(item, 'user_id=nobody')).json).toEqual([]);
    expect((await scene.results(item, '', '/results/user-00004')).json).toMatchObject({
      userId: 'user-00004',
    });
    expect((await scene.results(item, '', '/results/nobody')).status).toBe(404);
  });

  it('requires the scope, the method and the media type of each service', async () => {
    await scene.narrow(agsScopes.lineItem, agsScopes.resultReadonly);
    expect([await post(), (await scene.results(item)).status]).toEqual([403, 200]);
    await scene.narrow(agsScopes.score);
    expect([await post(), (await scene.results(item)).status]).toEqual([204, 403]);
    expect((await scene.call('GET', `${item.url}/scores`)).status).toBe(405);
    expect((await scene.call('POST', `${item.url}/results`)).status).toBe(405);
    await scene.narrow(agsScopes.resultReadonly);
    expect((await scene.call('GET', `${item.url}/results`, { accept: 'application/json' })).status).toBe(406);
  });

  it('answers 404 for the scores of a deleted line item', async () => {
    scene.course.gradebook.delete(item.id);
    expect([await post(), (await scene.results(item)).status]).toEqual([404, 404]);
  });
});
