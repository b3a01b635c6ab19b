import { randomUUID } from 'node:crypto';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { type CourseView } from '../../src/courses/course.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';

const EXISTING = 'an-existing-context';

describe('courses by REST', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti);
  });
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  const course = (fields: object = {}): object => ({
    registrationId: synced.registrationId,
    deploymentId: '1',
    contextId: randomUUID(),
    membershipsUrl: 'https://lms.example.edu/memberships?type_id=1',
    ...fields,
  });
  const post = (body: object) => lti.api('post', '/api/v1/courses', body);

  it('are stored as given, and their sync is due at once', async () => {
    const given = course({ title: ' Chemistry ', lineItemsUrl: 'https://lms.example.edu/lineitems' });
    const { body } = await post(given).expect(201);
    const now = lti.clock.now().toISOString();
    expect(body).toEqual({
      ...given,
      id: expect.any(String),
      title: 'Chemistry',
      groupsUrl: null,
      groupSetsUrl: null,
      launchedAt: null,
      lastSync: null,
      usedAt: now,
      concludedAt: null,
      nextSyncAt: now,
      nextSyncReason: 'new_course',
      createdAt: now,
      updatedAt: now,
    });
    expect((await lti.api('get', `/api/v1/courses/${body.id as string}`).expect(200)).body).toEqual(body);
  });

  it('are listed in pages, by registration, the newest first or the oldest first', async () => {
    const other = await SyncedPlatform.start(lti);
    const mine = [];
    for (let count = 0; count < 3; count += 1) mine.push(await other.addCourse(0));
    const list = async (query: string) =>
      (await lti.readPages(`/api/v1/courses?registrationId=${other.registrationId}${query}`)).map(
        ({ id }) => id,
      );
    expect(await list('&order=asc')).toEqual(mine.map(({ id }) => id));
    expect(await list('')).toEqual(mine.map(({ id }) => id).toReversed());
    await other.stop();
  });

  it('show their last sync, of which the list needs one statement', async () => {
    const other = await SyncedPlatform.start(lti);
    const never = await other.addCourse(0);
    const twice = await other.addCourse(2);
    await other.sync(twice);
    const last = await other.sync(twice);
    const failed = await other.addCourse(0, `${other.platform.issuer}/nowhere`);
    const failure = await other.sync(failed);
    expect(last).toMatchObject({ status: 'completed', counts: { unchanged: 2, added: 0 } });
    expect(failure).toMatchObject({ status: 'failed', error: { code: expect.any(String) } });

    const get = async (path: string) => (await lti.api('get', `/api/v1/courses${path}`).expect(200)).body;
    const query = jest.spyOn(PostgresQueryRunner.prototype, 'query');
    const { items } = await get(`?registrationId=${other.registrationId}`);
    const statements = query.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('"course"'));
    query.mockRestore();
    expect(statements).toHaveLength(1);
    expect(items.map(({ id, lastSync }: CourseView) => [id, lastSync])).toEqual([
      [failed.id, failure],
      [twice.id, last],
      [never.id, null],
    ]);
    expect((await get(`/${twice.id}`)).lastSync).toEqual(last);
    const { body } = await lti.api('patch', `/api/v1/courses/${twice.id}`, { title: 'Renamed' }).expect(200);
    expect(body).toMatchObject({ title: 'Renamed', lastSync: last });
    await other.stop();
  });

  it('are refused a second time, with the id of the first', async () => {
    const { body: first } = await post(course({ contextId: EXISTING })).expect(201);
    const { body } = await post(course({ contextId: EXISTING, title: 'Another' })).expect(409);
    expect(body).toMatchObject({ code: 'course_exists', id: first.id });
  });

  it('are added once by two requests at once', async () => {
    const same = course();
    const answers = await Promise.all([post(same), post(same), post(same)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const added = answers.find(({ status }) => status === 201);
    for (const { status, body } of answers) {
      if (status === 409) expect(body.id).toBe(added?.body.id);
    }
  });

  it('can be added again after deletion', async () => {
    const again = course();
    const { body: first } = await post(again).expect(201);
    await lti.api('delete', `/api/v1/courses/${first.id as string}`).expect(204);
    const { body: second } = await post(again).expect(201);
    expect(second.id).not.toBe(first.id);
  });

  it('need an existing registration', async () => {
    const { body } = await post(course({ registrationId: randomUUID() })).expect(404);
    expect(body).toMatchObject({ code: 'registration_not_found' });
  });

  it('need a deployment of their registration', async () => {
    const { body } = await post(course({ deploymentId: '2' })).expect(404);
    expect(body.code).toBe('deployment_not_found');
    expect(body.detail).toContain('"2"');
  });

  it.each<[string, object, string]>([
    ['a missing field', { contextId: undefined }, 'contextId'],
    ['an empty context', { contextId: ' ' }, 'contextId'],
    ['a context with a NUL', { contextId: 'a\0b' }, 'contextId'],
    ['a title with half a character', { title: 'half \ud83d' }, 'title'],
    ['a context of a wrong type', { contextId: 17 }, 'contextId'],
    ['a registration that is no UUID', { registrationId: '1' }, 'registrationId'],
    ['a URL that is none', { membershipsUrl: 'lms.example.edu/memberships' }, 'membershipsUrl'],
    ['a URL that is not http', { membershipsUrl: 'ftp://lms.example.edu/m' }, 'membershipsUrl'],
    ['a URL with a password', { lineItemsUrl: 'https://me:secret@lms.example.edu/' }, 'lineItemsUrl'],
    ['a URL with a NUL', { membershipsUrl: 'https://lms.example.edu/\0' }, 'membershipsUrl'],
    [
      'a URL that is too long',
      { membershipsUrl: `https://lms.example.edu/${'a'.repeat(2048)}` },
      'membershipsUrl',
    ],
    ['an unknown field', { membershipURL: 'https://lms.example.edu/' }, 'membershipURL'],
  ])('refuse %s and name it', async (_, fields, field) => {
    const { body } = await post(course(fields)).expect(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('name every fault at once', async () => {
    const { body } = await post({ deploymentId: 1, title: '' }).expect(400);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'registrationId',
      'deploymentId',
      'contextId',
      'title',
      'membershipsUrl',
    ]);
  });

  it('refuse a body of a megabyte', async () => {
    await post(course({ title: 'x'.repeat(1024 * 1024) })).expect(413);
  });

  it.each([
    ['get', '/api/v1/courses/1'],
    ['delete', '/api/v1/courses/1'],
    ['get', '/api/v1/courses/1/members'],
    ['post', '/api/v1/courses/1/sync'],
    ['post', '/api/v1/registrations/1/sync'],
    ['get', '/api/v1/sync-runs/1'],
    ['get', '/api/v1/courses?registrationId=1'],
    ['get', '/api/v1/sync-runs?courseId=1'],
  ] as const)('answer %s %s with the fault', async (method, path) => {
    const { body } = await lti.api(method, path).expect(400);
    expect(body.code).toBe('invalid_request');
  });

  it.each([
    ['get', '/api/v1/courses/ID', 'course_not_found'],
    ['delete', '/api/v1/courses/ID', 'course_not_found'],
    ['get', '/api/v1/courses/ID/members', 'course_not_found'],
    ['post', '/api/v1/courses/ID/sync', 'course_not_found'],
    ['post', '/api/v1/registrations/ID/sync', 'registration_not_found'],
    ['get', '/api/v1/sync-runs/ID', 'sync_run_not_found'],
  ] as const)('answer %s %s of an unknown course with 404', async (method, path, code) => {
    const { body } = await lti.api(method, path.replace('ID', randomUUID())).expect(404);
    expect(body).toMatchObject({ code, status: 404 });
  });

  it('require an API key', async () => {
    await lti.api('get', '/api/v1/courses').unset('Authorization').expect(401);
    await lti.api('post', '/api/v1/syncs').unset('Authorization').expect(401);
  });
});

describe('courses by REST, on the public internet', () => {
  let lti: LtiTestApp;
  let registrationId: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ platformHttp: {} });
    const { body } = await lti
      .api('post', '/api/v1/registrations', {
        name: 'Public',
        issuer: 'https://lms.example.edu',
        clientId: 'tool',
        authorizationUrl: 'https://lms.example.edu/auth',
        tokenUrl: 'https://lms.example.edu/token',
        jwksUrl: 'https://lms.example.edu/jwks',
        deployments: ['1'],
      })
      .expect(201);
    registrationId = body.id as string;
  });
  afterAll(() => lti.stop());

  it.each([
    'https://127.0.0.1/memberships',
    'https://[::1]/memberships',
    'https://10.1.2.3/memberships',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/memberships',
    'http://lms.example.edu/memberships',
  ])('refuse %s, name the field, and store nothing', async (url) => {
    const { body } = await lti
      .api('post', '/api/v1/courses', {
        registrationId,
        deploymentId: '1',
        contextId: 'inside',
        membershipsUrl: url,
        lineItemsUrl: url,
      })
      .expect(400);
    expect(body).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'membershipsUrl' }, { field: 'lineItemsUrl' }],
    });
    expect((await lti.api('get', '/api/v1/courses').expect(200)).body.items).toEqual([]);
  });
});
