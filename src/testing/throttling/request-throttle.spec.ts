import { SigningTool } from '../../../test/support/signing-tool.js';
import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';
import { FakeClock } from '../fake-clock.js';
import { lineItemContainerMediaType } from '../service-constants.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';
import { type RequestThrottle } from './request-throttle.js';

const here = '127.0.0.1';

describe('the throttle of the canvas family', () => {
  let clock: FakeClock;
  let tool: SigningTool;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;
  let throttle: RequestThrottle;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    clock = new FakeClock();
    lms = await SimulatedPlatform.start({ family: 'canvas', clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    course = lms.addCourse({ members: 2 });
    throttle = lms.throttle!;
  });
  afterEach(() => lms.stop());

  const askToken = async () => tool.post(lms, await tool.assertion(lms, clock.nowMs() / 1000));
  const accessToken = () => lms.issuedTokens.at(-1)?.accessToken ?? '';
  const read = (token = accessToken()) =>
    fetch(course.lineItemsUrl, {
      headers: { authorization: `Bearer ${token}`, accept: lineItemContainerMediaType },
    });
  const toldBy = ({ status, headers }: Response) => [
    status,
    headers.get('x-request-cost'),
    headers.get('x-rate-limit-remaining'),
  ];

  it('takes 200 units for a token out of the bucket of the address, and reports what is left', async () => {
    expect(toldBy(await askToken())).toEqual([200, '201.0', '499.0']);
    expect(throttle.remaining(here)).toBe(499);
    expect(toldBy(await read())).toEqual([200, '1.0', '699.0']);
    expect(throttle.remaining(tool.clientId)).toBe(699);
  });

  it('refuses the fifth token request at once, and accepts it after enough has leaked', async () => {
    const statuses = [];
    for (let number = 1; number <= 5; number += 1) statuses.push((await askToken()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 403]);
    // 650 leave no room for one more in flight.
    clock.advance((throttle.remaining(here) * -1 + 50) * 100);
    expect((await askToken()).status).toBe(403);
    clock.advance(100);
    expect((await askToken()).status).toBe(200);
    expect([throttle.refused, lms.counts.tokensIssued]).toEqual([2, 5]);
  });

  it('refuses with a line of text and no Retry-After, or with 429, and processes nothing', async () => {
    await askToken();
    throttle.fill(tool.clientId, 650);
    const refused = await read();
    expect(toldBy(refused)).toEqual([403, null, '50.0']);
    expect([refused.headers.get('retry-after'), await refused.text()]).toEqual([
      null,
      '403 Forbidden (Rate Limit Exceeded)\n',
    ]);
    throttle.answersAs = '429';
    expect((await read()).status).toBe(429);
    clock.advance(100);
    expect((await read()).status).toBe(200);
  });

  it('has one bucket for all tokens of a client', async () => {
    await askToken();
    const first = accessToken();
    await askToken();
    throttle.fill(tool.clientId, 650);
    expect([(await read(first)).status, (await read()).status]).toEqual([403, 403]);
  });

  it('counts 50 units for each request in flight, until it is answered or its caller disconnects', async () => {
    await askToken();
    lms.faults.add({ kind: 'hang', on: 'lineitems', times: 13 });
    const gone = new AbortController();
    const waiting = Array.from({ length: 13 }, () =>
      fetch(course.lineItemsUrl, {
        headers: { authorization: `Bearer ${accessToken()}` },
        signal: gone.signal,
      }).catch(() => undefined),
    );
    while (lms.counts.lineItemRequests < 13) await fetch(lms.url);
    expect(throttle.remaining(tool.clientId)).toBe(50);
    expect((await read()).status).toBe(403);
    gone.abort();
    await Promise.all(waiting);
    while (throttle.remaining(tool.clientId) < 600) await fetch(lms.url);
    expect((await read()).status).toBe(200);
  });

  it('does not exist for other families, or when it is switched off', async () => {
    const moodle = await SimulatedPlatform.start({ family: 'moodle', clock });
    const patient = await SimulatedPlatform.start({ family: 'canvas', clock, throttles: false });
    expect([moodle.throttle, patient.throttle]).toEqual([undefined, undefined]);
    await moodle.stop();
    await patient.stop();
  });
});

it('has a bucket for each token of a user, which reports what is left unless the test sets it', async () => {
  const tool = await UserOAuthTool.start({}, { family: 'canvas' });
  const { lms } = tool;
  const left = async (token: unknown) => {
    const { status, headers } = await tool.call(token, '/courses');
    return [status, headers.get('x-rate-limit-remaining')];
  };
  const { access_token: one } = (await tool.tokensOf('user-00002')).body;
  const { access_token: other } = (await tool.tokensOf('user-00003')).body;
  expect(lms.throttle?.remaining(here)).toBe(298);
  lms.throttle?.fill(String(one), 690);
  expect([await left(one), await left(other)]).toEqual([
    [403, '10.0'],
    [200, '699.0'],
  ]);
  lms.userOAuth.rateLimitRemaining = 3;
  expect(await left(other)).toEqual([200, '3']);
  await lms.stop();
});
