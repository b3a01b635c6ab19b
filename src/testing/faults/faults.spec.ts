import { FakeClock } from '../fake-clock.js';
import { type FaultInput } from './fault.schema.js';
import { membershipMediaType } from '../service-constants.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('Faults', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;
  let token: string;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'generic', clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    course = lms.addCourse({ members: 10 });
    token = await tool.token(lms, nowSeconds());
  });
  afterEach(() => lms.stop());

  const nowSeconds = () => clock.now().getTime() / 1000;

  function read(url = course.membershipsUrl, signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, accept: membershipMediaType };
    return fetch(url, { headers, redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
  }

  async function askToken(): Promise<Record<string, unknown>> {
    const response = await tool.post(lms, await tool.assertion(lms, nowSeconds()));
    return (await response.json()) as Record<string, unknown>;
  }

  async function ids(response: Response | Promise<Response>): Promise<string[]> {
    const { members } = (await (await response).json()) as { members: { user_id: string }[] };
    return members.map((member) => member.user_id);
  }

  describe('in general', () => {
    it('end after one request', async () => {
      lms.faults.add({ kind: 'unavailable' });
      expect([(await read()).status, (await read()).status]).toEqual([503, 200]);
      expect(lms.faults.pending).toEqual([]);
    });

    it('skip as many requests as configured, and then apply to as many as configured', async () => {
      lms.faults.add({ kind: 'unavailable', after: 1, times: 2 });
      const statuses = [await read(), await read(), await read(), await read()].map(({ status }) => status);
      expect(statuses).toEqual([200, 503, 503, 200]);
    });

    it('stay until they are cleared if they are permanent', async () => {
      lms.faults.add({ kind: 'unavailable', times: 'always' });
      expect([(await read()).status, (await read()).status]).toEqual([503, 503]);
      lms.faults.clear();
      expect((await read()).status).toBe(200);
    });

    it('apply only to the end point and the course that they name', async () => {
      const other = lms.addCourse({ members: 1 });
      lms.faults.add({ kind: 'unavailable', on: 'token' });
      lms.faults.add({ kind: 'html', on: 'memberships', course: other.contextId });
      expect(await ids(read())).toHaveLength(10);
      expect((await read(other.membershipsUrl)).headers.get('content-type')).toContain('text/html');
      expect((await tool.post(lms, await tool.assertion(lms, nowSeconds()))).status).toBe(503);
    });

    it('do not count as refusals, but their requests are counted', async () => {
      lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
      await read();
      expect(lms.counts).toMatchObject({ membershipRequests: 1, rejected: {} });
    });

    it('are validated when they are added', () => {
      expect(() => lms.faults.add({ kind: 'flood' } as unknown as FaultInput)).toThrow(/kind/);
      expect(() => lms.faults.add({ kind: 'html', afer: 1 } as unknown as FaultInput)).toThrow(/afer/);
      expect(() => lms.faults.add({ kind: 'empty-roster', on: 'token' } as unknown as FaultInput)).toThrow(
        /on/,
      );
    });
  });

  it('delays an answer by its clock', async () => {
    lms.faults.add({ kind: 'latency', ms: 5000 });
    const asked = read();
    await clock.untilSleeping();
    clock.advance(5000);
    expect(await ids(asked)).toHaveLength(10);
  });

  it('answers 401 to a valid token', async () => {
    lms.faults.add({ kind: 'unauthorized' });
    expect((await read()).status).toBe(401);
    expect((await read()).status).toBe(200);
  });

  it('expires the token that received a 401', async () => {
    lms.faults.add({ kind: 'unauthorized', expireToken: true });
    await read();
    expect((await read()).status).toBe(401);
    token = await tool.token(lms, nowSeconds());
    expect((await read()).status).toBe(200);
  });

  it('answers 401 invalid_client at the token endpoint', async () => {
    lms.faults.add({ kind: 'unauthorized', on: 'token' });
    expect(await askToken()).toEqual({ error: 'invalid_client' });
  });

  it.each<[FaultInput, number, string | null, string]>([
    [{ kind: 'throttle' }, 429, null, '{"error":"rate_limited"}'],
    [{ kind: 'throttle', retryAfter: 7 }, 429, '7', '{"error":"rate_limited"}'],
    [{ kind: 'throttle', as: '403-text' }, 403, null, '403 Forbidden (Rate Limit Exceeded)\n'],
  ])('throttles with %j', async (fault, status, retryAfter, text) => {
    lms.faults.add(fault);
    const response = await read();
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      status,
      retryAfter,
      text,
    ]);
  });

  it('is unavailable with an HTML page', async () => {
    lms.faults.add({ kind: 'unavailable', retryAfter: 'Mon, 05 Jan 2026 09:00:00 GMT' });
    const response = await read();
    expect(response.headers.get('retry-after')).toBe('Mon, 05 Jan 2026 09:00:00 GMT');
    expect(await response.text()).toContain('<h1>503');
  });

  it('cuts the connection before the headers, after the work is done', async () => {
    lms.faults.add({ kind: 'cut', on: 'token' });
    await expect(askToken()).rejects.toThrow('fetch failed');
    expect(lms.counts.tokensIssued).toBe(2);
  });

  it('cuts the connection in the middle of the body', async () => {
    lms.faults.add({ kind: 'cut', when: 'mid-body' });
    const response = await read();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('never answers until it stops', async () => {
    lms.faults.add({ kind: 'hang' });
    const gaveUp = new AbortController();
    const asked = read(undefined, gaveUp.signal);
    // The next request on the platform is served while the first still hangs.
    while (lms.counts.membershipRequests === 0) await fetch(lms.url);
    gaveUp.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');

    lms.faults.add({ kind: 'hang' });
    const cutOff = read();
    while (lms.counts.membershipRequests === 1) await fetch(lms.url);
    await Promise.all([lms.stop(), expect(cutOff).rejects.toThrow('fetch failed')]);
  });

  it('answers an HTML page with status 200', async () => {
    lms.faults.add({ kind: 'html' });
    const response = await read();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });

  it('answers half of the JSON as if it were complete', async () => {
    lms.faults.add({ kind: 'broken-json' });
    const response = await read();
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toMatchObject({ name: 'SyntaxError' });
  });

  it('answers a body of the configured size, with valid JSON at its end', async () => {
    lms.faults.add({ kind: 'huge', mebibytes: 2.5 });
    const text = await (await read()).text();
    expect(text.length).toBeGreaterThan(2.5 * 1024 * 1024);
    expect(JSON.parse(text)).toMatchObject({ members: expect.any(Array) });
  });

  it('redirects to another address', async () => {
    lms.faults.add({ kind: 'redirect', to: 'http://127.0.0.1:1/' });
    const response = await read();
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/']);
  });
});
