import request from 'supertest';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { StandaloneService } from '../support/standalone-service.js';
import { sql } from '../support/sql.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const UP = { status: 'up' };
const down = (message: string) => ({ status: 'down', message });

describe('the health of the service', () => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let service: StandaloneService;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    proxy = await PostgresProxy.start(database.url);
    service = await StandaloneService.start({ DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    await service.stop();
    await proxy.stop();
    await database.drop();
  });

  const ready = () => request(service.url).get('/health/ready');
  const untilReady = () =>
    until('ready', async () => ((await ready()).status === 200 ? true : undefined), 20_000);

  it('is ready when database, migrations and jobs are', async () => {
    await request(service.url).get('/health/live').expect(200, { status: 'ok' });
    const { body, headers } = await ready().expect(200);
    expect(body).toMatchObject({ status: 'ok', details: { database: UP, migrations: UP, jobs: UP } });
    expect(headers['cache-control']).toContain('no-store');
  });

  it('is not ready while a migration is pending', async () => {
    await sql(database.url, 'ALTER TABLE nest_lti.migration RENAME TO migration_elsewhere');
    const { body } = await ready().expect(503);
    expect(body).toMatchObject({ code: 'not_ready', checks: { database: UP, jobs: UP } });
    expect(body.checks.migrations.message).toMatch(/^pending: MainJob/);
    await sql(database.url, 'ALTER TABLE nest_lti.migration_elsewhere RENAME TO migration');
    await ready().expect(200);
  });

  it('is not ready while the job engine cannot work', async () => {
    await sql(database.url, 'ALTER SCHEMA nest_lti_jobs RENAME TO nest_lti_jobs_elsewhere');
    const { body } = await ready().expect(503);
    expect(body.checks).toEqual({ database: UP, migrations: UP, jobs: down('failed') });
    await sql(database.url, 'ALTER SCHEMA nest_lti_jobs_elsewhere RENAME TO nest_lti_jobs');
    await untilReady();
  });

  it('is not ready while the database takes no writes', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const endSessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = '${name}' AND pid <> pg_backend_pid()`;
    await sql(database.url, `ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
    await sql(database.url, endSessions);
    const checks = await until('read-only', async () => {
      const { body } = await ready();
      return body.checks?.database.message === 'read-only' ? (body.checks as unknown) : undefined;
    });
    expect(checks).toMatchObject({ database: down('read-only'), migrations: UP });
    await sql(
      database.url,
      `BEGIN READ WRITE; ALTER DATABASE "${name}" RESET default_transaction_read_only; COMMIT`,
    );
    await sql(database.url, endSessions);
    await untilReady();
  });

  it('answers in time while the database does not answer, and recovers with it', async () => {
    proxy.fallSilent();
    const { body, type } = await ready().expect(503);
    expect(type).toBe('application/problem+json');
    const silence = down('no answer in time');
    expect(body).toMatchObject({
      code: 'not_ready',
      detail: 'Not ready: database, migrations, jobs. The log has the reasons.',
      checks: { database: silence, migrations: silence, jobs: silence },
    });
    await request(service.url).get('/health/live').expect(200);
    proxy.speakAgain();
    await untilReady();
  });

  it('answers at once when the database is down, without a secret in its text', async () => {
    await proxy.stop();
    const { body, text } = await ready().expect(503);
    const gone = down('unreachable');
    expect(body.checks).toEqual({ database: gone, migrations: gone, jobs: gone });
    const { username, password, pathname, port } = new URL(database.url);
    for (const secret of [username, password, pathname.slice(1), port].filter((part) => part.length > 1)) {
      expect(text).not.toContain(secret);
    }
    await request(service.url).get('/health/live').expect(200);
  });

  it('does not make the API hang, which reports that the database is down', async () => {
    const { body } = await request(service.url)
      .get('/api/v1/registrations')
      .set('Authorization', 'Bearer a-key-for-the-standalone-tests')
      .expect(503);
    expect(body).toMatchObject({ code: 'database_unavailable', status: 503 });
  });
});
