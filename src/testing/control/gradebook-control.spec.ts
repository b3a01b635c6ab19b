import { SimulatedPlatform } from '../simulated-platform.js';

describe('the gradebook by the control API', () => {
  let lms: SimulatedPlatform;

  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'canvas' });
  });
  afterEach(() => lms.stop());

  async function call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${lms.url}/_control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  }

  it('adds courses with the line item of a resource link, and concluded ones', async () => {
    await call('POST', 'courses', { contextId: 'a', members: 1, coupledLineItem: true });
    await call('POST', 'courses', {
      contextId: 'b',
      members: 1,
      coupledLineItem: { label: 'Essay', scoreMaximum: 5 },
      concluded: true,
    });
    expect((await call('GET', 'courses/a/gradebook')).body).toMatchObject([
      { coupled: true, resourceLinkId: 'link-a', scoreMaximum: 100, results: [] },
    ]);
    expect((await call('GET', 'courses/b/gradebook')).body).toMatchObject([{ label: 'Essay' }]);
    expect(['a', 'b'].map((id) => lms.course(id).concluded)).toEqual([false, true]);
    expect((await call('POST', 'courses/a/end')).body).toEqual({ contextId: 'a', isPastItsEnd: true });
    expect([lms.course('a').isPastItsEnd, lms.course('a').concluded]).toEqual([true, false]);
    await call('POST', 'courses/a/conclude');
    expect(lms.course('a').concluded).toBe(true);
  });

  it('adds line items, sets scores with any timestamp and shows them', async () => {
    const course = lms.addCourse({ contextId: 'a', members: 2 });
    const made = await call('POST', 'courses/a/line-items', { label: 'Quiz', scoreMaximum: 20, tag: 't' });
    const item = { id: '1', url: `${course.lineItemsUrl}/1`, label: 'Quiz', scoreMaximum: 20, tag: 't' };
    expect(made).toEqual({ status: 201, body: { ...item, coupled: false, locked: false, results: [] } });
    const set = await call('POST', 'courses/a/scores', {
      lineItem: item.url,
      score: { userId: 'user-00002', scoreGiven: 1, scoreMaximum: 2, timestamp: '2030-01-01T00:00:00Z' },
    });
    expect(set.status).toBe(201);
    expect((await call('GET', 'courses/a/gradebook')).body).toEqual([
      {
        ...item,
        coupled: false,
        locked: false,
        results: [
          {
            userId: 'user-00002',
            resultScore: 10,
            lastTimestamp: '2030-01-01T00:00:00Z',
            accepted: 0,
            attempts: 0,
            activityProgress: 'Completed',
            gradingProgress: 'FullyGraded',
          },
        ],
      },
    ]);
    await call('POST', 'courses/a/lock', { lineItem: '1', locked: true });
    expect(course.gradebook.lineItem('1').locked).toBe(true);
  });

  it('shows the requests in flight and the counts', async () => {
    lms.scoreTraffic.enter('/scores', 'user-1');
    const traffic = { mostInFlight: 1, mostInFlightForOne: 1, overlapping: [] };
    expect((await call('GET', 'score-traffic')).body).toEqual(traffic);
    expect((await call('DELETE', 'score-traffic')).body).toEqual(traffic);
    expect((await call('GET', 'counts')).body).toMatchObject({
      lineItemRequests: 0,
      scoreRequests: 0,
      resultRequests: 0,
      scoresAccepted: 0,
    });
  });

  it.each([
    ['POST', 'courses/a/line-items', { label: 'x' }, 400],
    ['POST', 'courses/a/scores', { lineItem: '1', score: { userId: 'x', timestamp: 'soon' } }, 400],
    [
      'POST',
      'courses/a/scores',
      { lineItem: '9', score: { userId: 'x', timestamp: '2030-01-01T00:00:00Z' } },
      404,
    ],
    ['POST', 'courses/b/line-items', { label: 'x', scoreMaximum: 1 }, 404],
    ['GET', 'courses/b/gradebook', undefined, 404],
    ['PUT', 'courses/a/gradebook', {}, 404],
  ])('answers %s %s %j with %d', async (method, path, body, status) => {
    lms.addCourse({ contextId: 'a', members: 1 });
    expect((await call(method, path, body)).status).toBe(status);
  });
});
