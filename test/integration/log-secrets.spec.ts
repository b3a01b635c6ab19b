import { spawn } from 'node:child_process';
import { once } from 'node:events';
import request from 'supertest';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';
import { registrationBody } from '../support/registration-body.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const API_KEY = 'the-api-key-that-nobody-may-read';
const WRONG_KEY = 'a-wrong-key-that-nobody-may-read';
const ENCRYPTION_KEY = Buffer.alloc(32, 9).toString('base64');
const QUERY_SECRET = 'a-secret-in-a-query';
const BODY_SECRET = 'a-secret-in-a-body';

describe('the log of the service', () => {
  let compiled: CompiledSource;
  let database: TestDatabase;
  let lms: SimulatedPlatform;
  beforeAll(async () => {
    [compiled, database, lms] = await Promise.all([
      compileSource('src/server/main.ts'),
      createTestDatabase(),
      SimulatedPlatform.start(),
    ]);
  });
  afterAll(() => Promise.all([compiled.remove(), database.drop(), lms.stop()]));

  it('holds no key, password or token, whatever is requested and at every level', async () => {
    let output = '';
    const child = spawn(process.execPath, [compiled.entry, 'serve'], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HOST: '127.0.0.1',
        PUBLIC_URL: 'http://localhost',
        DATABASE_URL: database.url,
        ENCRYPTION_KEYS: `a:${ENCRYPTION_KEY}`,
        ADMIN_API_KEY: API_KEY,
        ALLOW_PRIVATE_NETWORKS: 'true',
        LOG_LEVEL: 'trace',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    const url = await until('listening', () =>
      Promise.resolve(/nest-lti listens on (http\S+)/.exec(output)?.[1]?.replace('[::1]', '127.0.0.1')),
    );
    const api = (method: 'get' | 'post', path: string, body?: object, key = API_KEY) =>
      request(url)[method](path).set('Authorization', `Bearer ${key}`).send(body);

    await api('get', '/api/v1/registrations', undefined, WRONG_KEY).expect(401);
    await api('get', `/api/v1/registrations?access_token=${QUERY_SECRET}`).expect(400);
    await api('post', '/api/v1/registrations', { clientId: BODY_SECRET }).expect(400);
    await request(url).post('/api/v1/registrations').type('json').send(`{"${BODY_SECRET}`).expect(400);
    lms.addTool({ clientId: 'abc', deploymentIds: ['1'], jwksUrl: `${url}/lti/jwks.json` });
    const { authorizationUrl, tokenUrl, jwksUrl, issuer } = lms;
    const registration = registrationBody({ issuer, authorizationUrl, tokenUrl, jwksUrl });
    const { body } = await api('post', '/api/v1/registrations', registration).expect(201);
    const { contextId, membershipsUrl } = lms.addCourse({ contextId: 'c', members: 5 });
    lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
    const course = { registrationId: body.id, deploymentId: '1', contextId, membershipsUrl };
    const courseId = (await api('post', '/api/v1/courses', course).expect(201)).body.id;
    const run = (await api('post', `/api/v1/courses/${courseId}/sync`).expect(202)).body.id;
    await until('the end of the sync', async () => {
      const { status } = (await api('get', `/api/v1/sync-runs/${run}`)).body;
      return status === 'completed' || status === 'failed' ? true : undefined;
    });
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);

    expect(output).toContain('"path":"/api/v1/registrations"');
    const tokens = lms.issuedTokens.map(({ accessToken }) => accessToken);
    expect(tokens.length).toBeGreaterThan(0);
    const { password } = new URL(database.url);
    const secrets = [API_KEY, WRONG_KEY, ENCRYPTION_KEY, QUERY_SECRET, BODY_SECRET, password, ...tokens];
    for (const secret of secrets.filter((one) => one !== '')) expect(output).not.toContain(secret);
    // Assertions and private keys.
    expect(output).not.toMatch(/eyJ[\w-]+\.|PRIVATE KEY/);
  }, 60_000);
});
