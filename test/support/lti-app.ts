import { type INestApplication, type LoggerService, type Type } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { Clock } from '../../src/common/clock.js';
import { type LtiModuleOptions } from '../../src/config/lti-config.js';
import { JobQueues } from '../../src/jobs/job-queues.js';
import { LtiModule, type LtiModuleExtras } from '../../src/lti.module.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { type AdapterName, adapterOf } from './http-adapters.js';
import { testRedisUrl } from './redis-fixture.js';
import { createMigratedDatabase, type TestDatabase } from './test-database.js';
import { until } from './until.js';

export const API_KEY = 'an-api-key-for-tests-only';

/**
 * With TEST_JOBS_BACKEND=redis (`npm run test:jobs-on-redis`) the jobs of applications are in the Redis of the run. Those of one database
 * share their queues, as on Postgres and as the processes of one service do: with a queue each, both would start every run.
 */
function jobsOfTests(databaseUrl: string): LtiModuleOptions['jobs'] {
  if (process.env.TEST_JOBS_BACKEND !== 'redis') return { backend: 'postgres' };
  return {
    backend: 'redis',
    url: testRedisUrl(),
    keyPrefix: `test-${new URL(databaseUrl).pathname.slice(1)}`,
  };
}

export type LtiTestOptions = Partial<LtiModuleOptions & LtiModuleExtras> & {
  /** Modules of the application beside ours. */
  host?: Type[];
  /** Default: Express. */
  adapter?: AdapterName;
  /** False: request bodies are not parsed by the host or by Nest. */
  bodyParser?: boolean;
  /** The host's global prefix, such as `/lms`; part of `url`. */
  prefix?: string;
  /** Called before the host listens. */
  prepare?: (app: INestApplication) => void;
  logger?: LoggerService;
};

/** An application with the module: real HTTP, a real database, and a clock that stands still. */
export class LtiTestApp {
  private constructor(
    readonly app: INestApplication,
    readonly clock: FakeClock,
    readonly url: string,
    private readonly database: TestDatabase | undefined,
  ) {}

  /** `options` on top of what every test needs; without `database` on a database of its own. */
  static async start(
    {
      host = [],
      adapter = 'express',
      bodyParser,
      prefix = '',
      prepare,
      logger,
      courseSync = {},
      ...options
    }: LtiTestOptions = {},
    clock = new FakeClock(),
  ): Promise<LtiTestApp> {
    const database = options.database === undefined ? await createMigratedDatabase() : undefined;
    const url = options.database?.url ?? database?.url ?? '';
    const testing = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        EventEmitterModule.forRoot(),
        ...host,
        LtiModule.forRoot({
          publicUrl: 'http://localhost',
          database: { url },
          jobs: jobsOfTests(url),
          encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
          adminApiKey: API_KEY,
          platformHttp: { allowPrivateNetworks: true },
          api: 'api-keys',
          // The schedule would sync the courses of a test at any moment: it ticks by the machine's clock.
          courseSync: { every: 'never', ...courseSync },
          ...options,
        }),
      ],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    const app = testing.createNestApplication(adapterOf(adapter), {
      logger: logger ?? false,
      ...(bodyParser !== undefined && { bodyParser }),
    });
    if (prefix !== '') app.setGlobalPrefix(prefix);
    prepare?.(app);
    try {
      // If browsers have to reach it, the port is that of its public URL; otherwise any port.
      await app.listen(Number(new URL(options.publicUrl ?? 'http://localhost').port), '127.0.0.1');
      return new LtiTestApp(app, clock, (await app.getUrl()) + prefix, database);
    } catch (error) {
      await app.close();
      await database?.drop();
      throw error;
    }
  }

  /** Resolves when no job waits or runs. Delayed ones do not count. */
  async untilNoJob(): Promise<void> {
    await until('no job is left', async () => {
      const counts = await this.app.get(JobQueues, { strict: false }).counts();
      return counts.every(({ waiting, active }) => waiting + active === 0) ? true : undefined;
    });
  }

  get jwksUrl(): string {
    return `${this.url}/lti/jwks.json`;
  }

  /** A request to the API with the key of this app. */
  api(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object): request.Test {
    const call = request(this.url)[method](path).set('Authorization', `Bearer ${API_KEY}`);
    return body === undefined ? call : call.send(body);
  }

  /** Reads a list of the API in pages of two. `path` has a query; only the first page is asked for its `order`. */
  async readPages<T extends { id: string }>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const list: string = cursor === '' ? path : path.replace(/order=\w+/, '');
      const { body } = await this.api('get', `${list}&limit=2${after}`).expect(200);
      items.push(...(body.items as T[]));
      cursor = body.nextCursor as string | undefined;
      if (cursor !== undefined) expect(body.items).toHaveLength(2);
    }
    return items;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database?.drop();
  }
}
