import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import request from 'supertest';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const MEMBERS = 100_000;
const PAGE = 500;
/** Of the old objects. The started service has 60 to 80 of them; the members of the roster would be 100 more. */
const HEAP_MB = 110;
const KEY = 'a-key-of-enough-characters';

const page = (from: number) =>
  Array.from({ length: PAGE }, (_, nth) => ({
    user_id: `user-${from + nth}`,
    name: `Ada ${from + nth}`,
    email: `user-${from + nth}@example.edu`,
    picture: `https://lms.example.edu/pictures/of-the-user-${from + nth}/${'x'.repeat(200)}.png`,
    roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
  }));

describe('a service with little memory', () => {
  let platform: Server;
  let url: string;
  let database: TestDatabase;
  let service: ServiceProcess;
  beforeAll(async () => {
    platform = createServer((incoming, answer) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '', url);
      incoming.resume();
      if (pathname === '/token') {
        const token = { access_token: 'x'.repeat(43), token_type: 'Bearer', expires_in: 3600 };
        answer.setHeader('content-type', 'application/json').end(JSON.stringify(token));
        return;
      }
      const from = Number(searchParams.get('from') ?? 0);
      if (from + PAGE < MEMBERS) answer.setHeader('link', `<${url}/members?from=${from + PAGE}>; rel="next"`);
      const container = { id: `${url}/members`, context: { id: 'huge' }, members: page(from) };
      answer.setHeader('content-type', 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json');
      answer.end(JSON.stringify(container));
    });
    await once(platform.listen(0, '127.0.0.1'), 'listening');
    url = `http://localhost:${(platform.address() as AddressInfo).port}`;
    database = await createMigratedDatabase();
    service = ServiceProcess.start({
      env: {
        DATABASE_URL: database.url,
        PUBLIC_URL: 'https://tool.example.edu',
        ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 1).toString('base64')}`,
        ADMIN_API_KEY: KEY,
        ALLOW_PRIVATE_NETWORKS: 'true',
        SYNC_EVERY: 'never',
        NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
      },
    });
    await service.url();
  }, 60_000);
  afterAll(async () => {
    await service.end('SIGTERM');
    await database.drop();
    platform.close();
  });

  it(`syncs a roster of ${MEMBERS} members, page by page`, async () => {
    const api = request.agent(`${await service.url()}/api/v1`).set('Authorization', `Bearer ${KEY}`);
    const registration = await api
      .post('/registrations')
      .send({
        ...{ name: 'Huge', issuer: url, clientId: 'c', deployments: ['1'] },
        ...{ authorizationUrl: `${url}/auth`, tokenUrl: `${url}/token`, jwksUrl: `${url}/jwks` },
      })
      .expect(201);
    const course = await api
      .post('/courses')
      .send({
        ...{ registrationId: (registration.body as { id: string }).id, deploymentId: '1', contextId: 'huge' },
        membershipsUrl: `${url}/members`,
      })
      .expect(201);
    // The second run compares each page with what is stored.
    for (const counts of [{ added: MEMBERS }, { added: 0, unchanged: MEMBERS }]) {
      const started = await api.post(`/courses/${(course.body as { id: string }).id}/sync`).expect(202);
      const run = await until('the end of the sync', async () => {
        const { body } = await api.get(`/sync-runs/${(started.body as { id: string }).id}`).expect(200);
        return (body as { finishedAt: string | null }).finishedAt === null ? undefined : (body as object);
      });
      expect(run).toMatchObject({ status: 'completed', counts });
    }
  }, 180_000);
});
