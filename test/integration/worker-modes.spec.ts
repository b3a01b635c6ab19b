import { SchedulerRegistry } from '@nestjs/schedule';
import request from 'supertest';
import { type EventHandler } from '../../src/event-deliveries/event-handler.js';
import { LtiModule } from '../../src/lti.module.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { SERVICE_API_KEY, ServiceApi } from '../support/service-api.js';
import { StandaloneService } from '../support/standalone-service.js';

class SilentHandler implements EventHandler {
  handle(): void {
    // It only has to be there.
  }
}

describe('the worker modes of the service', () => {
  let lms: SimulatedPlatform;
  let off: StandaloneService;
  let only: StandaloneService;
  const environment = {
    ADMIN_API_KEY: SERVICE_API_KEY,
    ALLOW_PRIVATE_NETWORKS: 'true',
    SYNC_EVERY: '15m',
  };
  beforeAll(async () => {
    lms = await SimulatedPlatform.start();
    off = await StandaloneService.start({ ...environment, WORKER: 'off' });
    only = await StandaloneService.start({
      ...environment,
      WORKER: 'only',
      DATABASE_URL: off.database.url,
      // Its routes need one, but it has none.
      ADMIN_API_KEY: '',
    });
  });
  afterAll(async () => {
    await only.stop();
    await off.stop();
    await lms.stop();
  });

  const syncsOf = async ({ url }: StandaloneService): Promise<number> => {
    const { text } = await request(url).get('/metrics').expect(200);
    const counts = text.matchAll(/^nest_lti_syncs_total\{[^}]*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  it('leave the syncs that a process with WORKER=off takes by REST to one with WORKER=only', async () => {
    const api = new ServiceApi(off.url);
    const registrationId = await api.register(lms, 'worker-modes');
    const courseId = await api.addCourse(registrationId, lms.addCourse({ members: 5 }));
    const { id } = await api.post(`/api/v1/courses/${courseId}/sync`);
    await api.untilRun(id, 'to end', ({ status }) => status === 'completed');
    expect([await syncsOf(off), await syncsOf(only)]).toEqual([0, 1]);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/docs'],
    ['GET', '/openapi.json'],
    ['GET', '/dashboard'],
    ['GET', '/lti/jwks.json'],
    ['POST', '/lti/login'],
    ['POST', '/lti/launch'],
    ['POST', '/lti/notices'],
    ['GET', '/api/v1/courses'],
    ['POST', '/api/v1/syncs'],
    ['GET', '/api'],
    ['GET', '/user-grants/callback'],
  ])('answer %s %s with 404 if WORKER is only, and serve it if it is not', async (method, path) => {
    const call = ({ url }: StandaloneService) =>
      method === 'GET' ? request(url).get(path) : request(url).post(path);
    const { body, type } = await call(only);
    expect([body.code, type]).toEqual(['not_found', 'application/problem+json']);
    if (path !== '/api') expect((await call(off)).status).not.toBe(404);
  });

  it('keep the health checks and the metrics in each process', async () => {
    for (const { url } of [off, only]) {
      await request(url).get('/health/live').expect(200);
      await request(url).get('/health/ready').expect(200);
      await request(url).get('/metrics').expect(200);
    }
  });
});

describe('the worker modes of an application', () => {
  it('start no periodic work with off but that of any process: its statistics, and the registration of its EventHandler, which stays in use', async () => {
    const lti = await LtiTestApp.start({ worker: 'off', events: { handler: SilentHandler } });
    try {
      expect(lti.app.get(SchedulerRegistry).getIntervals()).toEqual([
        'nest-lti.statistics',
        'nest-lti.event-handler',
      ]);
      const rows = await dataSourceOf(lti).query<object[]>(
        `SELECT status FROM nest_lti.event_subscription WHERE kind = 'handler'`,
      );
      expect(rows).toEqual([{ status: 'active' }]);
    } finally {
      await lti.stop();
    }
  });

  it('mount no route with only, whatever the options say', async () => {
    const lti = await LtiTestApp.start({ worker: 'only', api: 'api-keys' });
    try {
      expect(lti.app.get(SchedulerRegistry).getIntervals()).toContain('nest-lti.course-syncs');
      await lti.api('get', '/api/v1/courses').expect(404);
      await request(lti.url).get('/lti/jwks.json').expect(404);
      await request(lti.url).post('/lti/login').expect(404);
    } finally {
      await lti.stop();
    }
  });

  it('are refused at boot if they are anything else', () => {
    const options = { publicUrl: 'https://tool.example.edu', database: { url: '' }, encryptionKeys: '' };
    for (const worker of ['', 'none'] as unknown as 'off'[])
      expect(() => LtiModule.forRoot({ ...options, worker })).toThrow('worker: must be on, off or only');
  });
});
