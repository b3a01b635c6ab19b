import request from 'supertest';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { runBuiltCommand } from '../support/built-command.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { RedisServer } from '../support/redis-server.js';
import { SERVICE_API_KEY, ServiceApi } from '../support/service-api.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const keyOf = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;

describeWithRedis('the service with its tokens in Redis', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  let lms: SimulatedPlatform;
  let env: Record<string, string>;
  let service: ServiceProcess;
  let url: string;
  beforeAll(async () => {
    // A separate Redis, because the service's key prefix is fixed.
    [database, redis, lms] = await Promise.all([
      createTestDatabase(),
      RedisServer.start(),
      SimulatedPlatform.start(),
    ]);
    env = {
      DATABASE_URL: database.url,
      TOKEN_STORE: 'redis',
      REDIS_URL: redis.url,
      PUBLIC_URL: 'https://tool.example.edu',
      ENCRYPTION_KEYS: keyOf('a'),
      ADMIN_API_KEY: SERVICE_API_KEY,
      ALLOW_PRIVATE_NETWORKS: 'true',
      SYNC_EVERY: 'never',
    };
    service = ServiceProcess.start({ env });
    url = await service.url();
  }, 60_000);
  afterAll(async () => {
    await service.end('SIGTERM');
    await Promise.all([database.drop(), redis.stop(), lms.stop()]);
  });

  it('shows the token of a sync, and counts its request', async () => {
    const api = new ServiceApi(url);
    const registrationId = await api.register(lms, 'redis');
    const courseId = await api.addCourse(registrationId, lms.addCourse({ members: 5 }));
    const { id } = await api.post(`/api/v1/courses/${courseId}/sync`);
    await api.untilRun(id, 'has ended', ({ finishedAt }) => finishedAt !== null);

    const { items } = await api.get<{ items: object[] }>('/api/v1/access-tokens');
    expect(items).toMatchObject([{ registrationId, status: 'fresh', leaseHolder: null, failure: null }]);
    const { text } = await request(url).get('/metrics').expect(200);
    expect(text).toContain('nest_lti_token_requests_total{outcome="granted",reason="expired"} 1\n');
    expect(text).toContain('nest_lti_token_store_up 1\n');
  });

  it('accepts an API key that the command created, until the command revokes it', async () => {
    const [created, misused] = await Promise.all([
      runBuiltCommand('nest-lti-server', env, 'api-keys', 'create', '--name', 'nightly', '--scope', 'read'),
      runBuiltCommand('nest-lti-server', env, 'api-keys', 'revoke'),
    ]);
    // Only the key, so that a script can capture it.
    expect([created.code, created.stdout]).toEqual([0, expect.stringMatching(/^nlti_[\w-]{43}\n$/)]);
    const ask = () =>
      request(url).get('/api/v1/registrations').set('Authorization', `Bearer ${created.stdout.trim()}`);
    await ask().expect(200);
    const [id = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(created.stderr) ?? [];
    expect(await runBuiltCommand('nest-lti-server', env, 'api-keys', 'revoke', id)).toMatchObject({
      code: 0,
      stdout: '',
    });
    await ask().expect(401);
    expect(misused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: "error: missing required argument 'id'\n",
    });
  }, 60_000);

  it('gets its secrets re-encrypted with a new key', async () => {
    const rotated = { ...env, ENCRYPTION_KEYS: `${keyOf('b')},${keyOf('a')}` };
    const { code, stdout, stderr } = await runBuiltCommand(
      'nest-lti-server',
      rotated,
      'encryption-keys',
      'reencrypt',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^tool_key: 1 encrypted anew$/m);
    expect(stdout).toMatch(/^access_token: 1 encrypted anew$/m);
    expect(stdout).toContain('the other keys may go');
  }, 60_000);
});
