import { Client } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { CourseSyncService, LtiModule } from '../../src/index.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { HOST_API_KEY, RunningHost } from '../support/running-host.js';
import { until } from '../support/until.js';

/** More calls at once than any pool has connections. */
const COURSES = 24;

/** Samples the number of a database's connections, and keeps the maximum. */
class ConnectionWatch {
  most = 0;
  private watching = true;
  private readonly done: Promise<void>;

  private constructor(
    private readonly client: Client,
    private readonly database: string,
  ) {
    this.done = this.watch();
  }

  static async start(databaseUrl: string): Promise<ConnectionWatch> {
    const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
    await client.connect();
    return new ConnectionWatch(client, new URL(databaseUrl).pathname.slice(1));
  }

  async stop(): Promise<void> {
    this.watching = false;
    await this.done;
    await this.client.end();
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      const { rows } = await this.client.query<{ count: number }>(
        'SELECT count(*)::int FROM pg_stat_activity WHERE datname = $1',
        [this.database],
      );
      this.most = Math.max(this.most, rows[0]?.count ?? 0);
      await delay(5);
    }
  }
}

describe('the connections of one process', () => {
  it('are at most 12 to PostgreSQL from the boot on, during a sync and many requests', async () => {
    const watches: Promise<ConnectionWatch>[] = [];
    const host = await RunningHost.start(
      (options) => {
        watches.push(ConnectionWatch.start(options.database.url));
        return LtiModule.forRoot({ ...options, api: 'api-keys' });
      },
      { courseSync: { concurrency: COURSES } },
    );
    const lms = await SimulatedPlatform.start();
    const api = (method: 'get' | 'post', path: string, body?: object) =>
      host.http[method](path).set('Authorization', `Bearer ${HOST_API_KEY}`).send(body);

    lms.addTool({ clientId: 'guest', deploymentIds: ['1'], jwksUrl: `${host.url}/lti/jwks.json` });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const { body: registration } = await api('post', '/api/v1/registrations', {
      name: 'LMS',
      issuer,
      clientId: 'guest',
      authorizationUrl,
      tokenUrl,
      jwksUrl,
      deployments: ['1'],
    }).expect(201);
    for (let number = 0; number < COURSES; number += 1) {
      const { contextId, membershipsUrl } = lms.addCourse({ contextId: `course-${number}`, members: 50 });
      const course = { registrationId: registration.id, deploymentId: '1', contextId, membershipsUrl };
      await api('post', '/api/v1/courses', course).expect(201);
    }

    const runs = await host.app.get(CourseSyncService, { strict: false }).syncAll();
    expect(runs).toHaveLength(COURSES);
    const asked = Array.from({ length: 60 }, () => api('get', '/api/v1/courses').expect(200));
    await Promise.all(asked);
    await until('the end of all syncs', () =>
      Promise.resolve(host.diary.completedSyncs.length === COURSES ? true : undefined),
    );

    const [watch] = await Promise.all(watches);
    await watch?.stop();
    expect(watch?.most).toBeGreaterThan(6);
    expect(watch?.most).toBeLessThanOrEqual(12);
    await host.stop();
    await lms.stop();
  }, 60_000);
});
