import { LtiMetrics } from './lti-metrics.js';
import { PlatformMetrics } from './platform-metrics.js';
import { RegistrationStatistics } from './registration-statistics.js';

describe('the metrics of platforms', () => {
  let lti: LtiMetrics;
  let metrics: PlatformMetrics;
  beforeEach(() => {
    lti = new LtiMetrics();
    metrics = new PlatformMetrics(lti);
  });
  const lines = async (): Promise<string[]> => (await lti.registry.metrics()).split('\n');
  const lms = new URL('https://lms.example.edu/api');

  it('count overlapping pauses of a platform once', async () => {
    metrics.throttled(lms, 0, 30_000);
    metrics.throttled(lms, 1000, 30_000);
    metrics.throttled(lms, 10_000, 40_000);
    metrics.throttled(lms, 100_000, 101_000);
    expect(await lines()).toContain(
      'nest_lti_platform_throttled_seconds_total{platform="lms.example.edu"} 41',
    );
  });

  it('share one label from the 1001st throttled host on', async () => {
    for (let host = 0; host < 1002; host += 1) metrics.throttled(new URL(`https://lms${host}.edu`), 0, 1000);
    const series = (await lines()).filter((line) => line.startsWith('nest_lti_platform_throttled'));
    expect(series).toHaveLength(1001);
    expect(series.some((line) => line.includes('{platform="other"}'))).toBe(true);
  });

  it('count a request as waiting until it starts, also one that never starts', async () => {
    let start: () => void = () => undefined;
    let end: () => void = () => undefined;
    const run = metrics.whileWaiting((started) => {
      start = started;
      return new Promise<void>((resolve) => (end = resolve));
    });
    await expect(metrics.whileWaiting(() => Promise.reject(new Error('throttled')))).rejects.toThrow();
    expect(await lines()).toContain('nest_lti_platform_requests_waiting 1');
    start();
    expect(await lines()).toContain('nest_lti_platform_requests_waiting 0');
    end();
    await run;
    expect(await lines()).toContain('nest_lti_platform_requests_waiting 0');
  });

  it('count the answers by class, and a request without an answer as an error', async () => {
    const request = { method: 'GET', service: 'memberships', family: 'moodle' } as const;
    await metrics.exchange(lms, request, () => Promise.resolve({ status: 404 }));
    await expect(metrics.exchange(lms, request, () => Promise.reject(new Error('reset')))).rejects.toThrow();
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nest_lti_platform_requests_total{family="moodle",service="memberships",status="4xx"} 1',
        'nest_lti_platform_requests_total{family="moodle",service="memberships",status="error"} 1',
        'nest_lti_platform_request_seconds_count{service="memberships",status="4xx"} 1',
      ]),
    );
  });

  it('count for a registration its requests, their failures and the pauses that it was told to make', async () => {
    const statistics = new RegistrationStatistics();
    const counting = new PlatformMetrics(new LtiMetrics(), statistics);
    const request = { method: 'POST', registrationId: 'r-1' } as const;
    const answer = (status: number) => () => Promise.resolve({ status });
    await counting.exchange(lms, { ...request, service: 'token' }, answer(200));
    await counting.exchange(lms, { ...request, service: 'memberships' }, answer(404));
    await counting.exchange(lms, { ...request, service: 'grades' }, answer(204));
    await counting.exchange(lms, { method: 'GET', service: 'key_set' }, answer(500));
    await expect(counting.exchange(lms, request, () => Promise.reject(new Error('reset')))).rejects.toThrow();
    counting.throttled(lms, 0, 30_000, 'r-1');
    counting.throttled(lms, 1000, 31_000, 'r-2');
    expect(Object.fromEntries(statistics.take())).toEqual({
      'r-1': expect.objectContaining({
        ...{ tokenRequests: 1, tokenUses: 3, failedRequests: 2, throttledMs: 30_000 },
      }),
      'r-2': expect.objectContaining({ tokenUses: 0, throttledMs: 1000 }),
    });
    expect(statistics.take().size).toBe(0);
  });
});
