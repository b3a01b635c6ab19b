import { GradebookScene, onPath } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { until } from '../../../test/support/until.js';
import { type FaultInput } from '../faults/fault.schema.js';
import { scoreMediaType } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

describe('faults of the gradebook', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'canvas');
    item = scene.addLineItem();
  });
  afterEach(() => scene.stop());

  const post = (changes: Record<string, unknown> = {}) => scene.post(item, scene.score(changes));
  const taken = () => item.entry(scene.course.learner.userId)?.accepted ?? 0;

  it.each<[FaultInput, number]>([
    [{ kind: 'throttle', on: 'scores', retryAfter: 7 }, 429],
    [{ kind: 'throttle', on: 'scores', as: '403-text' }, 403],
    [{ kind: 'unavailable', on: 'scores' }, 503],
    [{ kind: 'server-error', on: 'scores' }, 500],
    [{ kind: 'server-error', on: 'scores', status: 502 }, 502],
    [{ kind: 'unauthorized', on: 'scores' }, 401],
    [{ kind: 'html', on: 'scores' }, 200],
  ])('does not store a score with the fault %j', async (fault, status) => {
    scene.lms.faults.add(fault);
    expect([(await post()).status, taken()]).toEqual([status, 0]);
    expect([(await post()).status, taken()]).toEqual([200, 1]);
  });

  it('apply only to the service and the course that they name', async () => {
    const other = scene.lms.addCourse({ members: 5 });
    scene.lms.faults.add({ kind: 'unavailable', on: 'scores', course: other.contextId });
    scene.lms.faults.add({ kind: 'server-error', on: 'lineitems' });
    scene.lms.faults.add({ kind: 'throttle', on: 'results' });
    expect((await post()).status).toBe(200);
    expect((await scene.lineItem(item.url)).status).toBe(500);
    expect((await scene.results(item)).status).toBe(429);
    const otherItem = other.gradebook.addLineItem({ label: 'x', scoreMaximum: 1 });
    expect((await scene.post(otherItem)).status).toBe(503);
  });

  it('expires a token in the middle of a batch', async () => {
    scene.lms.faults.add({ kind: 'unauthorized', on: 'scores', expireToken: true, after: 1 });
    const statuses = [await post(), await post(), await post()].map(({ status }) => status);
    expect(statuses).toEqual([200, 401, 401]);
  });

  it.each(['before-headers', 'mid-body'] as const)('stores the score when it cuts %s', async (when) => {
    scene.lms.faults.add({ kind: 'cut', on: 'scores', when });
    await expect(post()).rejects.toThrow(/fetch failed|terminated/);
    expect(taken()).toBe(1);
  });

  it.each(['moodle', 'generic'] as const)(
    'cuts an answer without a body in the middle (%s)',
    async (family) => {
      await scene.stop();
      scene = await GradebookScene.start(tool, family);
      item = scene.addLineItem();
      scene.lms.faults.add({ kind: 'cut', on: 'scores', when: 'mid-body' });
      await expect(post()).rejects.toThrow(/fetch failed|terminated/);
      expect(taken()).toBe(1);
    },
  );

  it('does not store the score when it cuts before processing', async () => {
    scene.lms.faults.add({ kind: 'cut', on: 'scores', when: 'before-processing' });
    await expect(post()).rejects.toThrow('fetch failed');
    expect([taken(), scene.lms.counts.scoreRequests]).toEqual([0, 1]);
  });

  it('changes the next links of line items and results', async () => {
    for (let count = 0; count < 12; count += 1) scene.addLineItem();
    scene.lms.faults.add({ kind: 'loop', on: 'lineitems' });
    expect((await scene.lineItems()).headers.get('link')).toBe(`<${scene.course.lineItemsUrl}>; rel="next"`);
    scene.lms.faults.add({ kind: 'foreign-next', on: 'results' });
    expect((await scene.results(item)).headers.get('link')).toContain('<https://elsewhere.example/');
    scene.lms.faults.add({ kind: 'link-style', on: 'lineitems', rel: 'unquoted' });
    expect((await scene.lineItems()).headers.get('link')).toMatch(/rel=next$/);
  });

  describe('and the guard of what is in flight', () => {
    const inFlight = (count: number) =>
      Promise.resolve(scene.lms.scoreTraffic.mostInFlight === count ? true : undefined);

    it('reports no overlap when scores come one by one', async () => {
      await post();
      await post();
      expect(scene.lms.scoreTraffic).toMatchObject({
        mostInFlight: 1,
        mostInFlightForOne: 1,
        overlapping: [],
      });
    });

    it('counts the scores in flight for one user in one line item, and for all', async () => {
      scene.lms.faults.add({ kind: 'latency', ms: 1000, on: 'scores', times: 4 });
      const other = scene.addLineItem();
      const posts = [post(), post(), post({ userId: 'user-00003' }), scene.post(other)];
      await scene.clock.untilSleeping(4);
      expect(scene.lms.scoreTraffic).toMatchObject({
        mostInFlight: 4,
        mostInFlightForOne: 2,
        overlapping: [`${new URL(item.url).pathname}/scores user-00002`],
      });
      scene.clock.advance(1000);
      await Promise.all(posts);
      scene.lms.scoreTraffic.reset();
      expect(scene.lms.scoreTraffic).toMatchObject({
        mostInFlight: 0,
        mostInFlightForOne: 0,
        overlapping: [],
      });
    });

    it('counts a request until its answer begins, not until it ends', async () => {
      scene.lms.faults.add({ kind: 'huge', mebibytes: 16, on: 'scores' });
      const answer = await fetch(onPath(item.url, '/scores'), {
        method: 'POST',
        headers: { authorization: `Bearer ${scene.token}`, 'content-type': scoreMediaType },
        body: JSON.stringify(scene.score()),
      });
      scene.lms.scoreTraffic.reset();
      expect(scene.lms.scoreTraffic.mostInFlight).toBe(0);
      await answer.body?.cancel();
    });

    it('stops counting a request when its caller has disconnected', async () => {
      scene.lms.faults.add({ kind: 'hang', on: 'scores' });
      const gaveUp = new AbortController();
      const hanging = fetch(onPath(item.url, '/scores'), {
        method: 'POST',
        headers: { authorization: `Bearer ${scene.token}`, 'content-type': scoreMediaType },
        body: JSON.stringify(scene.score()),
        signal: gaveUp.signal,
      });
      await until('it is in flight', () => inFlight(1));
      gaveUp.abort(new Error('enough'));
      await expect(hanging).rejects.toThrow('enough');
      await until('it is gone', () => {
        scene.lms.scoreTraffic.reset();
        return inFlight(0);
      });
      await post();
      expect(scene.lms.scoreTraffic.mostInFlightForOne).toBe(1);
    });
  });
});
