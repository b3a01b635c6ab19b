import { type INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { createRedisBackend, getDefaultBackendFactory } from 'bullmq';
import { register } from 'prom-client';
import { DataSource } from 'typeorm';
import {
  Clock,
  CourseRosterService,
  CourseService,
  CourseSyncService,
  LtiModule,
  RegistrationService,
} from '../../src/index.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { HostConfig, HostJobs } from '../support/host-app.js';
import { adapterNames } from '../support/http-adapters.js';
import { HOST_API_KEY, RunningHost } from '../support/running-host.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

/** The exports of global modules, by module. */
function globalTokens(app: INestApplication): Map<string, string[]> {
  const tokens = new Map<string, string[]>();
  for (const module of app.get(ModulesContainer).values()) {
    if (!module.isGlobal) continue;
    const exported = [...module.exports]
      .map((token) => (typeof token === 'function' ? token.name : String(token)))
      // ConfigModule gives each of its files a random name.
      .filter((name) => !name.startsWith('CONFIGURATION('));
    tokens.set(module.name, [...(tokens.get(module.name) ?? []), ...exported].sort());
  }
  return tokens;
}

describe.each(adapterNames)('a host application on %s with nest-lti as its guest', (adapter) => {
  let host: RunningHost;
  beforeAll(async () => {
    host = await RunningHost.start(
      () =>
        LtiModule.forRootAsync({
          inject: [HostConfig],
          useFactory: (config: HostConfig) => config.getOrThrow('lti'),
          api: 'api-keys',
        }),
      {},
      adapter,
    );
  });
  afterAll(() => host.stop());

  it('keeps its guards, pipes, interceptors and error answers on its own routes', async () => {
    await host.http.post('/host/notes').send({ words: ' hello ' }).expect(201, { id: 1, words: 'hello' });
    await host.http.post('/host/notes').send({ words: 1 }).expect(400, { host: 'is sorry' });
    await host.http.get('/host/notes').set('x-banned', 'yes').expect(403, { host: 'is sorry' });
    await host.http.get('/host/broken').expect(500, { host: 'is sorry' });
    await host.http.get('/host/nowhere').expect(404, { host: 'is sorry' });
    expect(host.diary.piped).toEqual([' hello ']);
    expect(host.diary.guarded).toContain('/host/notes');
    expect(host.diary.intercepted).toContain('/host/notes');
    expect(host.diary.caught).toContain('/host/broken');
  });

  it('does not change our error texts', async () => {
    const caught = host.diary.caught.length;
    const { body, type } = await host.http.get('/api/v1/registrations').expect(401);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ status: 401, code: 'api_key_required' });
    expect(host.diary.caught).toHaveLength(caught);
  });

  it('keeps its default DataSource, and its tables to itself', async () => {
    const theirs = host.app.get(DataSource);
    const ours = host.app.get<DataSource>('nest-ltiDataSource', { strict: false });
    expect(theirs.entityMetadatas.map(({ name }) => name)).toEqual(['HostNote']);
    expect(ours.entityMetadatas.map(({ name }) => name)).not.toContain('HostNote');

    const schemas = `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'nest_lti%' ORDER BY 1`;
    expect(await sql(host.hostDatabase.url, schemas)).toEqual([]);
    expect(await sql(host.ltiDatabase.url, schemas)).toEqual([
      { nspname: 'nest_lti' },
      { nspname: 'nest_lti_jobs' },
    ]);
    const outside = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
    expect(await sql(host.ltiDatabase.url, outside)).toEqual([]);
  });

  it('has its cron and interval handlers fired once', () => {
    const registries = [...host.app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.providers.values()]
        .map(({ instance }): unknown => instance)
        .filter((instance) => instance instanceof SchedulerRegistry),
    );
    for (const registry of registries)
      for (const job of registry.getCronJobs().values()) void job.fireOnTick();
    expect(host.diary.crons).toBe(1);
    const intervals = registries.flatMap((registry) => registry.getIntervals());
    expect(intervals).toHaveLength(10);
    expect(intervals).toEqual(
      expect.arrayContaining([
        'nest-lti.course-syncs',
        'nest-lti.deletions',
        'nest-lti.events',
        'nest-lti.grade-passback',
        'nest-lti.launches',
        'nest-lti.notices',
        'nest-lti.statistics',
        'nest-lti.tool-keys',
        'nest-lti.user-grants',
      ]),
    );
  });

  it('keeps its job engine: the default of the process, and its queue of the same name', async () => {
    expect(getDefaultBackendFactory()).toBe(createRedisBackend);
    await host.app.get(HostJobs).add('of the host');
    await until('the job of the host', () => Promise.resolve(host.diary.jobs[0]));
    expect(host.diary.jobs).toEqual(['of the host']);
  });

  it('keeps its default metrics registry to itself', () => {
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('gets only the documented global names', async () => {
    const without = await RunningHost.start(() => undefined, {}, adapter);
    const before = globalTokens(without.app);
    await without.stop();
    const added = [...globalTokens(host.app)]
      .map(([module, tokens]) => [
        module,
        tokens.filter((token) => before.get(module)?.includes(token) !== true),
      ])
      .filter(([, tokens]) => tokens?.length !== 0);
    expect(Object.fromEntries(added)).toEqual({
      // The services of nest-lti, by module.
      LtiModule: expect.arrayContaining([
        'CoursesModule',
        'GradesModule',
        'LaunchModule',
        'UserGrantsModule',
      ]),
      LtiConfigModule: ['KeyRing', 'Symbol(Clock)', 'Symbol(LtiConfig)', 'Symbol(WorkerMode)', 'UrlPolicy'],
      TypeOrmCoreModule: ['nest-ltiDataSource', 'nest-ltiEntityManager'],
    });
    expect(host.app.get(Clock, { strict: false })).toBeDefined();
  });

  it('syncs a course with our services, and is notified once', async () => {
    const lms = await SimulatedPlatform.start();
    const { contextId, membershipsUrl } = lms.addCourse({ contextId: 'a', members: 30 });
    const registration = await lms.connect(host.app);
    const course = await host.app
      .get(CourseService, { strict: false })
      .create({ registrationId: registration.id, deploymentId: '1', contextId, membershipsUrl });
    const run = await host.app.get(CourseSyncService, { strict: false }).syncCourse(course.id);

    await until('the event', () => Promise.resolve(host.diary.completedSyncs[0]));
    expect(host.diary.completedSyncs).toEqual([
      { courseId: course.id, syncRunId: run.id, status: 'completed' },
    ]);
    expect(host.diary.addedMembers.flatMap(({ userIds }) => userIds)).toHaveLength(30);
    expect(await host.app.get(CourseRosterService, { strict: false }).count(course.id)).toBe(30);
    expect(lms.counts.tokenRequests).toBe(1);
    expect(host.diary.jobs).toEqual(['of the host']);
    await lms.stop();
  });

  it('receives launches of a connected platform, though its public URL leads elsewhere', async () => {
    const lms = await SimulatedPlatform.start({ family: 'moodle' });
    const { instructor } = lms.addCourse({
      members: [{ userId: '7' }, { userId: '3', roles: ['Instructor'], name: 'Ada' }],
    });
    const registration = await lms.connect(host.app);
    const { status, url, body } = await lms.launch({ userId: instructor.userId });
    expect([status, url]).toEqual([200, 'http://localhost/lti/launch']);
    expect(body).toContain('Ada');
    const refused = await lms.launch({ userId: instructor.userId, attack: 'alg-none' });
    expect([refused.status, registration.platformFamily]).toEqual([401, 'moodle']);
    await lms.stop();
  });

  it('reads and changes no row for an id that is undefined', async () => {
    const lms = await SimulatedPlatform.start();
    const { id } = await lms.connect(host.app);
    const nothing = undefined as never;
    const registrations = host.app.get(RegistrationService, { strict: false });
    const courses = host.app.get(CourseService, { strict: false });
    await expect(registrations.get(nothing)).rejects.toThrow('Registration.id');
    await expect(registrations.update(nothing, { name: 'another' })).rejects.toThrow();
    await expect(registrations.remove(nothing)).rejects.toThrow();
    await expect(courses.get(nothing)).rejects.toThrow('Course.id');
    await expect(courses.remove(nothing)).rejects.toThrow();
    expect((await registrations.get(id)).name).not.toBe('another');
    await lms.stop();
  });

  it('refuses a registration that is not valid, by its fields', async () => {
    const lms = await SimulatedPlatform.start();
    const input = await lms.registrationFor(host.app, { name: '' });
    const registered = host.app
      .get(RegistrationService, { strict: false })
      .create({ ...input, jwksUrl: 'x' });
    await expect(registered).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'name' }, { field: 'jwksUrl' }],
    });
    await lms.stop();
  });

  it('reads scores with its own body parser, or lets us read what that leaves alone', async () => {
    const lms = await SimulatedPlatform.start();
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    lms.addTool({ clientId: 'grader', jwksUrl: `${host.url}/lti/jwks.json` });
    const authorization = `Bearer ${HOST_API_KEY}`;
    const post = async (path: string, body: object): Promise<string> =>
      (await host.http.post(path).set({ authorization }).send(body).expect(201)).body.id as string;
    const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl };
    const registration = { name: 'LMS', clientId: 'grader', ...urls, deployments: ['1'] };
    const registrationId = await post('/api/v1/registrations', registration);
    const { contextId, membershipsUrl, lineItemsUrl, gradebook } = lms.addCourse({ members: 3 });
    const course = { registrationId, deploymentId: '1', contextId, membershipsUrl, lineItemsUrl };
    const path = `/api/v1/courses/${await post('/api/v1/courses', course)}/scores`;

    const item = gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 });
    const scores = ['user-00002', 'user-00003'].map((userId) => {
      return { lineItemId: item.url, userId, scoreGiven: 1, scoreMaximum: 20 };
    });
    const upload = (type: string, body: string) =>
      host.http.post(path).set({ authorization, 'content-type': type }).send(body);
    const { body } = await upload('application/json', JSON.stringify(scores)).expect(202);
    expect(body).toMatchObject({ accepted: 2 });
    const lines = scores.map((score) => JSON.stringify({ ...score, scoreGiven: 2 })).join('\n');
    await upload('application/x-ndjson', lines).expect(202);
    await until('the newer scores', () =>
      Promise.resolve(
        (item.entries.length === 2 && item.entries.every(({ scoreGiven }) => scoreGiven === 2)) || undefined,
      ),
    );
    // On Express the bound and the text are the host's. On Fastify nest-lti reads the bodies of scores.
    const large = JSON.stringify([{ comment: 'x'.repeat(200_000) }]);
    await upload('application/json', large).expect(adapter === 'express' ? 413 : 202);
    await upload('application/x-ndjson', `${lines}\n${' '.repeat(200_000)}`).expect(202);
    await host.http.post(path).send([]).expect(401);
    await lms.stop();
  });

  it('shuts down with all of its own parts', async () => {
    const other = await RunningHost.start((options) => LtiModule.forRoot(options), {}, adapter);
    const { diary } = other;
    const theirs = other.app.get(DataSource);
    await other.app.close();
    expect(diary.shutdowns).toBe(1);
    expect(theirs.isInitialized).toBe(false);
    const others =
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    await until('the end of all our connections', async () =>
      (await sql(other.ltiDatabase.url, others)).length === 0 ? true : undefined,
    );
    await other.stop();
  });
});
