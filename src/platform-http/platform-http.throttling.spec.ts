import { type LoopbackHandler } from '../../test/support/loopback-server.js';
import { get, platformHttpHarness } from '../../test/support/platform-http-harness.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { type PlatformHttpOptions } from './platform-http.options.js';
import { type PlatformHttpService } from './platform-http.service.js';

const START = new FakeClock().now();
const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

let clock: FakeClock;
const harness = platformHttpHarness();
const { serve } = harness;
const client = (options?: PlatformHttpOptions): PlatformHttpService => harness.client(options, clock);

beforeEach(() => {
  clock = new FakeClock();
});

/** Refuses the first `count` requests. */
function refusing(
  count: number,
  status: number,
  headers: Record<string, string> = {},
  body = '',
): LoopbackHandler {
  return (response, _request, nth) => {
    if (nth <= count) response.writeHead(status, headers).end(body);
    else response.end('served');
  };
}

describe('a throttled request', () => {
  it.each([
    ['429', 429, ''],
    ['503', 503, '<html>busy</html>'],
    ['403 "Rate Limit Exceeded"', 403, '403 Forbidden (Rate Limit Exceeded)'],
  ])('is sent again unchanged after the delay that %s gives', async (_what, status, body) => {
    const server = await serve(refusing(1, status, { 'retry-after': '20' }, body));
    const sending = client().send({ method: 'POST', url: server.url('/scores'), body: '{"score":1}' });
    await clock.untilSleeping();
    clock.advance(19_999);
    expect(clock.sleeping).toBe(1);
    clock.advance(1);
    expect((await sending).body).toBe('served');
    expect(server.requests.map(({ method, url, body: sent }) => [method, url, sent])).toEqual([
      ['POST', '/scores', '{"score":1}'],
      ['POST', '/scores', '{"score":1}'],
    ]);
  });

  it('waits 1 s, doubling, when the answer gives no delay', async () => {
    const server = await serve(refusing(3, 429));
    const sending = client().send(get(server.url()));
    for (const seconds of [1, 2, 4]) {
      await clock.untilSleeping();
      clock.advance(seconds * 1000 - 1);
      expect(clock.sleeping).toBe(1);
      clock.advance(1);
    }
    expect((await sending).body).toBe('served');
  });

  it('waits before the next request to a platform that answers a delay of 0', async () => {
    const server = await serve(refusing(1, 429, { 'retry-after': '0' }));
    const sending = client().send(get(server.url()));
    await clock.untilSleeping();
    clock.advance(1000);
    expect((await sending).body).toBe('served');
  });

  it('fails at once when the platform asks for a longer wait than the time-out allows', async () => {
    const server = await serve(refusing(1, 429, { 'retry-after': '31' }));
    await expect(client().send(get(server.url('/a?key=hunter2')))).rejects.toMatchObject({
      code: 'platform_throttled',
      status: 503,
      retryAt: at(31),
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('never waits with a time-out of 0, and pauses the platform all the same', async () => {
    const server = await serve(refusing(1, 429));
    const http = client();
    await expect(http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).rejects.toMatchObject({
      retryAt: at(1),
    });
    await expect(http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).rejects.toBeInstanceOf(
      PlatformThrottled,
    );
    expect(server.requests).toHaveLength(1);
    clock.advance(1000);
    expect((await http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).body).toBe('served');
  });

  it('counts all its waits against the time-out', async () => {
    const server = await serve(refusing(9, 429, { 'retry-after': '6' }));
    const sending = client().send(get(server.url(), { maxThrottleWaitMs: 17_000 }));
    const outcome = expect(sending).rejects.toMatchObject({ retryAt: at(18) });
    for (let wait = 1; wait <= 2; wait += 1) {
      await clock.untilSleeping();
      clock.advance(6000);
    }
    await outcome;
    expect(server.requests).toHaveLength(3);
  });

  it('fails after the fourth 503 in a row that gives no delay', async () => {
    const server = await serve(refusing(9, 503));
    const outcome = expect(client().send(get(server.url()))).rejects.toMatchObject({ retryAt: at(7 + 8) });
    for (const seconds of [1, 2, 4]) {
      await clock.untilSleeping();
      clock.advance(seconds * 1000);
    }
    await outcome;
    expect(server.requests).toHaveLength(4);
  });

  it('does not count a 503 that gives a delay', async () => {
    const server = await serve(refusing(6, 503, { 'retry-after': '1' }));
    const sending = client().send(get(server.url()));
    for (let wait = 1; wait <= 6; wait += 1) {
      await clock.untilSleeping();
      clock.advance(1000);
    }
    expect((await sending).body).toBe('served');
  });

  it('ends when the caller aborts', async () => {
    const server = await serve(refusing(1, 429));
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const outcome = expect(client().send(get(server.url(), { signal: abort.signal }))).rejects.toBe(reason);
    await clock.untilSleeping();
    abort.abort(reason);
    await outcome;
    expect(server.requests).toHaveLength(1);
  });
});

describe('a request that the platform counts by its token', () => {
  it.each([
    ['429', 429, ''],
    ['403 "Rate Limit Exceeded"', 403, '403 Forbidden (Rate Limit Exceeded)'],
  ])('receives %s unchanged, and no other request waits', async (_what, status, body) => {
    const server = await serve(refusing(1, status, { 'retry-after': '20' }, body));
    const http = client();
    const refused = await http.send(get(server.url(), { isCountedByToken: true }));
    expect(refused).toMatchObject({ status, body, headers: { 'retry-after': '20' } });
    expect((await http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).body).toBe('served');
  });

  it('waits for a platform that is too busy for all callers', async () => {
    const server = await serve(refusing(1, 503));
    const http = client();
    const sending = http.send(get(server.url(), { isCountedByToken: true }));
    await clock.untilSleeping();
    await expect(http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).rejects.toBeInstanceOf(
      PlatformThrottled,
    );
    clock.advance(1000);
    expect((await sending).body).toBe('served');
  });
});

describe('a paused platform', () => {
  it('gets no request until its pause is over', async () => {
    const server = await serve(refusing(1, 429, { 'retry-after': '5' }));
    const http = client();
    const sendings = [http.send(get(server.url('/1')))];
    await clock.untilSleeping(1);
    sendings.push(http.send(get(server.url('/2'))), http.send(get(server.url('/3'))));
    await clock.untilSleeping(3);
    expect(server.requests).toHaveLength(1);
    clock.advance(5000);
    expect((await Promise.all(sendings)).map(({ body }) => body)).toEqual(['served', 'served', 'served']);
  });

  it('does not delay requests to another platform', async () => {
    const busy = await serve(refusing(1, 429, { 'retry-after': '5' }));
    const idle = await serve((response) => response.end('fine'));
    const http = client();
    const waiting = http.send(get(busy.url()));
    await clock.untilSleeping();
    expect((await http.send(get(idle.url()))).body).toBe('fine');
    clock.advance(5000);
    await waiting;
  });

  it('starts with a pause of 1 s again after it has answered', async () => {
    const server = await serve((response, _request, nth) => response.writeHead(nth === 3 ? 200 : 429).end());
    const http = client();
    const first = http.send(get(server.url()));
    for (const seconds of [1, 2]) {
      await clock.untilSleeping();
      clock.advance(seconds * 1000);
    }
    await first;
    await expect(http.send(get(server.url(), { maxThrottleWaitMs: 0 }))).rejects.toMatchObject({
      retryAt: at(4),
    });
  });

  it('delays requests that wait for a slot, and those take no slot while they wait', async () => {
    let refuse: () => void = () => undefined;
    const server = await serve((response, _request, nth) => {
      if (nth === 1) refuse = () => response.writeHead(429, { 'retry-after': '5' }).end();
      else response.end('served');
    });
    const http = client({ concurrencyPerPlatform: 1 });
    const sendings = ['/1', '/2', '/3'].map((path) => http.send(get(server.url(path))));
    await server.untilRequests(1);
    refuse();
    await clock.untilSleeping(3);
    expect(server.requests).toHaveLength(1);
    clock.advance(5000);
    expect((await Promise.all(sendings)).map(({ body }) => body)).toEqual(['served', 'served', 'served']);
  });
});

describe('the limit of requests at one platform', () => {
  it('applies to each platform, not to all together', async () => {
    const finish: (() => void)[] = [];
    const hold: LoopbackHandler = (response) => void finish.push(() => response.end());
    const [one, other] = [await serve(hold), await serve(hold)];
    const http = client({ concurrencyPerPlatform: 2 });
    const sendings = [1, 2, 3].flatMap((n) => [
      http.send(get(one.url(`/${n}`))),
      http.send(get(other.url(`/${n}`))),
    ]);
    await Promise.all([one.untilRequests(2), other.untilRequests(2)]);
    for (const end of finish.splice(0)) end();
    await Promise.all([one.untilRequests(3), other.untilRequests(3)]);
    for (const end of finish.splice(0)) end();
    await Promise.all(sendings);
    expect([one.connections, other.connections]).toEqual([2, 2]);
  });

  it('does not delay urgent requests, which have a limit of their own', async () => {
    const finish: (() => void)[] = [];
    const server = await serve((response) => void finish.push(() => response.end()));
    const http = client({ concurrencyPerPlatform: 1 });
    const usual = [1, 2].map((n) => http.send(get(server.url(`/${n}`))));
    await server.untilRequests(1);
    const urgent = [3, 4, 5].map((n) => http.send(get(server.url(`/${n}`), { urgency: 'urgent' })));
    await server.untilRequests(3);
    expect(server.requests.map(({ url }) => url)).toEqual(['/1', '/3', '/4']);
    for (const end of finish.splice(0)) end();
    await server.untilRequests(5);
    for (const end of finish.splice(0)) end();
    await Promise.all([...usual, ...urgent]);
  });

  it('releases the slot after a failure', async () => {
    const server = await serve((response, _request, nth) =>
      nth <= 2 ? response.destroy() : response.end('served'),
    );
    const http = client({ concurrencyPerPlatform: 1 });
    await expect(http.send(get(server.url()))).rejects.toMatchObject({ code: 'platform_unreachable' });
    expect((await http.send(get(server.url()))).body).toBe('served');
  });

  it('removes an aborted request from its queue', async () => {
    let finish: () => void = () => undefined;
    const server = await serve((response) => (finish = () => response.end('served')));
    const http = client({ concurrencyPerPlatform: 1 });
    const first = http.send(get(server.url('/1')));
    await server.untilRequests(1);
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const outcome = expect(http.send(get(server.url('/2'), { signal: abort.signal }))).rejects.toBe(reason);
    abort.abort(reason);
    await outcome;
    finish();
    await first;
    const third = http.send(get(server.url('/3')));
    await server.untilRequests(2);
    finish();
    await third;
    expect(server.requests.map(({ url }) => url)).toEqual(['/1', '/3']);
  });
});
