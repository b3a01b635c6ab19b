import { register } from 'prom-client';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { LtiMetrics, LtiModule } from '../../src/index.js';
import { BacklogMetrics } from '../../src/metrics/backlog-metrics.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { RunningHost } from '../support/running-host.js';
import { SERVICE_API_KEY, ServiceApi } from '../support/service-api.js';
import { StandaloneService } from '../support/standalone-service.js';
import { storeCourses } from '../support/stored-courses.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"`;
const VALUE = '(?:[+-]?Inf|NaN|[+-]?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? ${VALUE}$`);

/** Reads the text format of Prometheus as strictly as its own checker: every sample after the help and type of its name. */
function samplesOf(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, keyword, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') helps.add(of);
    else if (keyword === 'TYPE') {
      expect(rest).toMatch(/^(?:counter|gauge|histogram|summary)$/);
      expect(types.has(of)).toBe(false);
      types.set(of, rest);
    } else {
      const [, name = ''] = SAMPLE.exec(line) ?? [];
      const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
      expect([line, types.get(family), helps.has(family)]).toEqual([line, expect.any(String), true]);
      if (types.get(family) === 'counter' && family.startsWith('nest_lti_'))
        expect(family).toMatch(/_total$/);
      const cut = line.lastIndexOf(' ');
      expect(samples.has(line.slice(0, cut))).toBe(false);
      samples.set(line.slice(0, cut), Number(line.slice(cut + 1)));
    }
  }
  return samples;
}

describe('the metrics of the standalone service', () => {
  let lms: SimulatedPlatform;
  let service: StandaloneService;
  let api: ServiceApi;
  beforeAll(async () => {
    lms = await SimulatedPlatform.start();
    service = await StandaloneService.start({
      ADMIN_API_KEY: SERVICE_API_KEY,
      ALLOW_PRIVATE_NETWORKS: 'true',
      TOKEN_STORE: 'memory',
      SYNC_EVERY: 'never',
    });
    api = new ServiceApi(service.url);
  });
  afterAll(async () => {
    await service.stop();
    await lms.stop();
  });

  it('can be read without a key, in the format of Prometheus', async () => {
    const { text, headers } = await request(service.url).get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    const samples = samplesOf(text);
    expect(samples.get('nest_lti_token_store_up')).toBe(1);
    expect(samples.get('nest_lti_token_requests_total{outcome="granted",reason="expired"}')).toBe(0);
    // The metrics of the process, by prom-client's default names.
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect([...samples.keys()].some((name) => name.startsWith('nodejs_eventloop_lag'))).toBe(true);
  });

  it('count the tokens of a sync, and contain no name, address or secret', async () => {
    const registrationId = await api.register(lms, 'very-own-client');
    const courseId = await api.addCourse(registrationId, lms.addCourse({ members: 5 }));
    const { id } = await api.post(`/api/v1/courses/${courseId}/sync`);
    await api.untilRun(id, 'to end', ({ finishedAt }) => finishedAt !== null);

    const { text } = await request(service.url).get('/metrics').expect(200);
    const samples = samplesOf(text);
    expect(samples.get('nest_lti_token_requests_total{outcome="granted",reason="expired"}')).toBe(1);
    expect(samples.get('nest_lti_token_request_seconds_count{outcome="granted"}')).toBe(1);
    expect(samples.get('nest_lti_tokens_served_total{layer="platform"}')).toBeGreaterThan(0);
    for (const secret of ['very-own-client', registrationId, courseId, lms.issuer, SERVICE_API_KEY]) {
      expect(text).not.toContain(secret);
    }
  });

  it('do not change the default registry of the process, which stays empty', () => {
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});

describe('the metrics of a guest', () => {
  let host: RunningHost;
  beforeAll(async () => {
    host = await RunningHost.start((options) =>
      LtiModule.forRoot({ ...options, tokenStore: 'memory', api: 'api-keys' }),
    );
  });
  afterAll(() => host.stop());

  it('are in a registry that the host can serve, and on no route of ours', async () => {
    const { registry } = host.app.get(LtiMetrics);
    const samples = samplesOf(await registry.metrics());
    expect(samples.size).toBeGreaterThan(20);
    for (const name of samples.keys()) expect(name).toMatch(/^nest_lti_/);
    expect(register.getMetricsAsArray()).toEqual([]);
    await host.http.get('/metrics').expect(404);
  });
});

describe('the metrics of the backlog', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let metrics: LtiMetrics;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url, 2)).initialize();
    metrics = new LtiMetrics();
    new BacklogMetrics(metrics, dataSource);
  });
  afterAll(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.drop();
  });
  const samples = async (): Promise<Map<string, number>> => samplesOf(await metrics.registry.metrics());
  /** Age in hours, from the clock of the database. */
  const hours = (seconds: number | undefined): number => Math.round(((seconds ?? NaN) / 3600) * 100) / 100;

  it('are 0 while nothing waits', async () => {
    await storeCourses(dataSource, { courses: 1, members: 3 });
    expect([...(await samples())]).toEqual([
      ['nest_lti_backlog{backlog="syncs"}', 0],
      ['nest_lti_backlog{backlog="scores"}', 0],
      ['nest_lti_backlog_oldest_seconds{backlog="syncs"}', 0],
      ['nest_lti_backlog_oldest_seconds{backlog="scores"}', 0],
    ]);
  });

  it('count what waits or runs for all registrations, with the age of the oldest', async () => {
    const one = await storeCourses(dataSource, { courses: 4, members: 3 });
    const other = await storeCourses(dataSource, { courses: 1, members: 2 });
    const deleted = await storeCourses(dataSource, { courses: 1, members: 2 });
    const all = [one, other, deleted].map(({ registrationId }) => registrationId);
    await dataSource.query(
      `UPDATE nest_lti.outbox_score SET status = 'pending', settled_at = NULL,
         created_at = now() - make_interval(hours => CASE registration_id WHEN $1 THEN 2 WHEN $2 THEN 5 ELSE 100 END)
       WHERE registration_id = ANY ($3::uuid[])`,
      [one.registrationId, other.registrationId, all],
    );
    await dataSource.query('UPDATE nest_lti.registration SET deleted_at = now() WHERE id = $1', [
      deleted.registrationId,
    ]);
    const statuses = ['queued', 'running', 'failed', 'suspicious'];
    for (const [at, status] of statuses.entries()) {
      await dataSource.query(
        `UPDATE nest_lti.sync_run SET status = $1, finished_at = CASE WHEN $2::int < 2 THEN NULL ELSE finished_at END,
           created_at = now() - make_interval(hours => $2::int + 1) WHERE course_id = $3`,
        [status, at, one.courseIds[at]],
      );
    }
    const found = await samples();
    expect(found.get('nest_lti_backlog{backlog="syncs"}')).toBe(2);
    expect(hours(found.get('nest_lti_backlog_oldest_seconds{backlog="syncs"}'))).toBe(2);
    expect(found.get('nest_lti_backlog{backlog="scores"}')).toBe(4 * 3 + 2);
    expect(hours(found.get('nest_lti_backlog_oldest_seconds{backlog="scores"}'))).toBe(5);
  });

  it('count at most 10,000 scores of a registration', async () => {
    const { registrationId } = await storeCourses(dataSource, { courses: 1, members: 10_020 });
    const before = (await samples()).get('nest_lti_backlog{backlog="scores"}')!;
    await dataSource.query(
      `UPDATE nest_lti.outbox_score SET status = 'pending', settled_at = NULL WHERE registration_id = $1`,
      [registrationId],
    );
    expect((await samples()).get('nest_lti_backlog{backlog="scores"}')).toBe(before + 10_000);
  });

  it('have no value while the database is down', async () => {
    await dataSource.destroy();
    expect((await samples()).size).toBe(0);
  });
});
