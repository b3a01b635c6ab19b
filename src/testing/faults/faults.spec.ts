import { type FaultInput } from './fault.schema.js';
import { FaultScene } from '../../../test/support/fault-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';

describe('Faults', () => {
  let tool: SigningTool;
  let scene: FaultScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await FaultScene.start(tool);
  });
  afterEach(() => scene.lms.stop());

  describe('in general', () => {
    it('end after one request', async () => {
      scene.lms.faults.add({ kind: 'unavailable' });
      expect([(await scene.read()).status, (await scene.read()).status]).toEqual([503, 200]);
      expect(scene.lms.faults.pending).toEqual([]);
    });

    it('skip as many requests as configured, and then apply to as many as configured', async () => {
      scene.lms.faults.add({ kind: 'unavailable', after: 1, times: 2 });
      const statuses = [await scene.read(), await scene.read(), await scene.read(), await scene.read()].map(
        ({ status }) => status,
      );
      expect(statuses).toEqual([200, 503, 503, 200]);
    });

    it('stay until they are cleared if they are permanent', async () => {
      scene.lms.faults.add({ kind: 'unavailable', times: 'always' });
      expect([(await scene.read()).status, (await scene.read()).status]).toEqual([503, 503]);
      scene.lms.faults.clear();
      expect((await scene.read()).status).toBe(200);
    });

    it('apply only to the end point and the course that they name', async () => {
      const other = scene.lms.addCourse({ members: 1 });
      scene.lms.faults.add({ kind: 'unavailable', on: 'token' });
      scene.lms.faults.add({ kind: 'html', on: 'memberships', course: other.contextId });
      expect(await scene.ids(scene.read())).toHaveLength(10);
      expect((await scene.read(other.membershipsUrl)).headers.get('content-type')).toContain('text/html');
      expect((await tool.ask(scene.lms, scene.clock.nowMs() / 1000)).status).toBe(503);
    });

    it('do not count as refusals, but their requests are counted', async () => {
      scene.lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
      await scene.read();
      expect(scene.lms.counts).toMatchObject({ membershipRequests: 1, rejected: {} });
    });

    it('are validated when they are added', () => {
      expect(() => scene.lms.faults.add({ kind: 'flood' } as unknown as FaultInput)).toThrow(/kind/);
      expect(() => scene.lms.faults.add({ kind: 'html', afer: 1 } as unknown as FaultInput)).toThrow(/afer/);
      expect(() =>
        scene.lms.faults.add({ kind: 'empty-roster', on: 'token' } as unknown as FaultInput),
      ).toThrow(/on/);
    });
  });

  it('delays an answer by its clock', async () => {
    scene.lms.faults.add({ kind: 'latency', ms: 5000 });
    const asked = scene.read();
    await scene.clock.untilSleeping();
    scene.clock.advance(5000);
    expect(await scene.ids(asked)).toHaveLength(10);
  });

  it('answers 401 to a valid token', async () => {
    scene.lms.faults.add({ kind: 'unauthorized' });
    expect((await scene.read()).status).toBe(401);
    expect((await scene.read()).status).toBe(200);
  });

  it('expires the token that received a 401', async () => {
    scene.lms.faults.add({ kind: 'unauthorized', expireToken: true });
    await scene.read();
    expect((await scene.read()).status).toBe(401);
    scene.token = await scene.newToken();
    expect((await scene.read()).status).toBe(200);
  });

  it('answers 401 invalid_client at the token endpoint', async () => {
    scene.lms.faults.add({ kind: 'unauthorized', on: 'token' });
    expect(await scene.askToken()).toEqual({ error: 'invalid_client' });
  });

  it.each<[FaultInput, number, string | null, string]>([
    [{ kind: 'throttle' }, 429, null, '{"error":"rate_limited"}'],
    [{ kind: 'throttle', retryAfter: 7 }, 429, '7', '{"error":"rate_limited"}'],
    [{ kind: 'throttle', as: '403-text' }, 403, null, '403 Forbidden (Rate Limit Exceeded)\n'],
  ])('throttles with %j', async (fault, status, retryAfter, text) => {
    scene.lms.faults.add(fault);
    const response = await scene.read();
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      status,
      retryAfter,
      text,
    ]);
  });

  it('is unavailable with an HTML page', async () => {
    scene.lms.faults.add({ kind: 'unavailable', retryAfter: 'Mon, 05 Jan 2026 09:00:00 GMT' });
    const response = await scene.read();
    expect(response.headers.get('retry-after')).toBe('Mon, 05 Jan 2026 09:00:00 GMT');
    expect(await response.text()).toContain('<h1>503');
  });

  it('cuts the connection before the headers, after the work is done', async () => {
    scene.lms.faults.add({ kind: 'cut', on: 'token' });
    await expect(scene.askToken()).rejects.toThrow('fetch failed');
    expect(scene.lms.counts.tokensIssued).toBe(2);
  });

  it('cuts the connection in the middle of the body', async () => {
    scene.lms.faults.add({ kind: 'cut', when: 'mid-body' });
    const response = await scene.read();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('never answers until it stops', async () => {
    scene.lms.faults.add({ kind: 'hang' });
    const gaveUp = new AbortController();
    const asked = scene.read(undefined, gaveUp.signal);
    // The next request on the platform is served while the first still hangs.
    while (scene.lms.counts.membershipRequests === 0) await fetch(scene.lms.url);
    gaveUp.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');

    scene.lms.faults.add({ kind: 'hang' });
    const cutOff = scene.read();
    while (scene.lms.counts.membershipRequests === 1) await fetch(scene.lms.url);
    await Promise.all([scene.lms.stop(), expect(cutOff).rejects.toThrow('fetch failed')]);
  });

  it('answers an HTML page with status 200', async () => {
    scene.lms.faults.add({ kind: 'html' });
    const response = await scene.read();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });

  it('answers half of the JSON as if it were complete', async () => {
    scene.lms.faults.add({ kind: 'broken-json' });
    const response = await scene.read();
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toMatchObject({ name: 'SyntaxError' });
  });

  it('answers a body of the configured size, with valid JSON at its end', async () => {
    scene.lms.faults.add({ kind: 'huge', mebibytes: 2.5 });
    const text = await (await scene.read()).text();
    expect(text.length).toBeGreaterThan(2.5 * 1024 * 1024);
    expect(JSON.parse(text)).toMatchObject({ members: expect.any(Array) });
  });

  it('redirects to another address', async () => {
    scene.lms.faults.add({ kind: 'redirect', to: 'http://127.0.0.1:1/' });
    const response = await scene.read();
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/']);
  });
});
