import { randomBytes } from 'node:crypto';
import { defaultScopes } from '../../src/common/scopes.js';
import { LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';

const NOWHERE = '00000000-0000-7000-8000-00000000dead';

describe('registrations by REST', () => {
  let lti: LtiTestApp;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterAll(() => lti.stop());

  let count = 0;
  const clientId = (): string => `client-${(count += 1)}`;
  const create = async (changes: Record<string, unknown> = {}) => {
    const body = registrationBody({ clientId: clientId(), ...changes });
    const answer = await lti.api('post', '/api/v1/registrations', body);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  };
  const path = (id: string): string => `/api/v1/registrations/${id}`;

  it('creates a registration, with defaults for fields that may be left out', async () => {
    const id = clientId();
    const created = await create({ clientId: id });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...registrationBody({ clientId: id }),
      tokenAudience: null,
      idTokenAlgorithm: 'RS256',
      assertionAlgorithm: 'RS256',
      deploymentInAssertion: false,
      pendingDeployments: [],
      deploymentAwaitedUntil: null,
      scopes: defaultScopes,
      platformFamily: 'generic',
      quietHours: null,
      revision: 1,
      refusedScopes: [],
      createdAt: lti.clock.now().toISOString(),
      updatedAt: lti.clock.now().toISOString(),
    });
    expect((await lti.api('get', path(created.id)).expect(200)).body).toEqual(created);
  });

  it('creates a registration with every field', async () => {
    const said = {
      tokenAudience: 'https://api.brightspace.com/auth/token',
      scopes: ['https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly'],
      platformFamily: 'brightspace',
      deployments: ['2', '1', '2'],
    };
    expect(await create(said)).toMatchObject({ ...said, deployments: ['2', '1'] });
  });

  it('accepts the longest texts that it allows, and any character', async () => {
    await create({ issuer: `https://${randomBytes(508).toString('hex')}`, clientId: '\u{8A9E}'.repeat(255) });
    expect(await create({ name: '\u{1F600} \u0001', deployments: ['"\\\''] })).toMatchObject({
      deployments: ['"\\\''],
    });
  });

  it.each([
    'https://lms.example.edu/',
    'https://lms.example.edu/moodle',
    'http://lms.example.edu:8080/lti/',
    'HTTPS://LMS.example.edu',
  ])('stores an issuer unchanged: %s', async (issuer) => {
    expect(await create({ issuer })).toMatchObject({ issuer });
  });

  it('refuses a second one with the same issuer and client_id, and names the first', async () => {
    const { id, clientId: taken } = await create();
    const { body } = await lti
      .api('post', '/api/v1/registrations', registrationBody({ clientId: taken }))
      .expect(409);
    expect(body).toMatchObject({ code: 'registration_exists', status: 409, id });
    await create({ clientId: taken, issuer: 'https://other.example.edu' });
  });

  it('accepts one of twenty that arrive at once', async () => {
    const body = registrationBody({ clientId: clientId() });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => lti.api('post', '/api/v1/registrations', body)),
    );
    const [created] = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(19);
    expect(new Set(refused.map((answer) => answer.body.id))).toEqual(new Set([created?.body.id]));
  });

  it('lists registrations in pages, each once, the newest first or the oldest first', async () => {
    const ids: string[] = [];
    const deployments = [[], ['1'], ['1', '2', '3'], ['b', 'a'], ['1']];
    for (const listed of deployments) ids.push((await create({ deployments: listed })).id);
    const read = (query: string) =>
      lti.readPages<{ id: string; deployments: string[] }>(`/api/v1/registrations?${query}`);
    const oldestFirst = await read('order=asc');
    expect(oldestFirst.slice(-5).map(({ id }) => id)).toEqual(ids);
    expect(oldestFirst.slice(-5).map((one) => one.deployments)).toEqual(deployments);
    expect(new Set(oldestFirst.map(({ id }) => id)).size).toBe(oldestFirst.length);
    expect(await read('')).toEqual(oldestFirst.toReversed());
    expect(await read('order=desc')).toEqual(oldestFirst.toReversed());
  });

  it('has the order in the cursor, and refuses a request that asks for another one', async () => {
    for (const [order, other] of [
      ['asc', 'desc'],
      ['desc', 'asc'],
    ] as const) {
      const list = `/api/v1/registrations?limit=2`;
      const { body: first } = await lti.api('get', `${list}&order=${order}`).expect(200);
      const cursor = `&cursor=${first.nextCursor as string}`;
      const { body: second } = await lti.api('get', list + cursor).expect(200);
      expect(second).toEqual((await lti.api('get', `${list}${cursor}&order=${order}`).expect(200)).body);
      const { body: refused } = await lti.api('get', `${list}${cursor}&order=${other}`).expect(400);
      expect(refused).toMatchObject({
        code: 'invalid_request',
        errors: [{ field: 'order', message: expect.stringContaining(`in the order ${order}`) }],
      });
    }
  });

  it('lists each registration once while others are created and deleted between two pages', async () => {
    const gone = await create();
    const [older, newer] = [await create(), await create()];
    const page = (query: string) => lti.api('get', `/api/v1/registrations?limit=1${query}`).expect(200);
    const { body: first } = await page('');
    expect(first.items).toMatchObject([{ id: newer.id }]);
    await create();
    const { body: second } = await page(`&cursor=${first.nextCursor as string}`);
    expect(second.items).toMatchObject([{ id: older.id }]);
    await lti.api('delete', path(gone.id)).expect(204);
    const { body: third } = await page(`&cursor=${second.nextCursor as string}`);
    expect(third.items).not.toMatchObject([{ id: gone.id }]);
  });

  it('gives no link to a next page after the last one, even if that is full', async () => {
    const { items } = (await lti.api('get', '/api/v1/registrations?limit=500')).body;
    const { body } = await lti.api('get', `/api/v1/registrations?limit=${items.length}`).expect(200);
    expect(Object.keys(body)).toEqual(['items']);
  });

  it('changes the given fields, keeps the rest, and raises the revision', async () => {
    const before = await create({ tokenAudience: 'https://lms.example.edu/aud' });
    lti.clock.advance(1000);
    const { body } = await lti
      .api('patch', path(before.id), { name: 'New', tokenAudience: null })
      .expect(200);
    expect(body).toEqual({
      ...before,
      name: 'New',
      tokenAudience: null,
      revision: 2,
      updatedAt: lti.clock.now().toISOString(),
    });
    expect((await lti.api('get', path(before.id))).body).toEqual(body);
  });

  it('refuses a change to the issuer and client_id of another registration', async () => {
    const first = await create();
    const second = await create();
    const { body } = await lti.api('patch', path(second.id), { clientId: first.clientId }).expect(409);
    expect(body).toMatchObject({ code: 'registration_exists', id: first.id });
    expect((await lti.api('get', path(second.id))).body).toEqual(second);
  });

  it('adds and removes deployments with a new list', async () => {
    const { id } = await create({ deployments: ['1', '2'] });
    const { body } = await lti.api('patch', path(id), { deployments: ['2', '3', '3'] }).expect(200);
    expect(body.deployments).toEqual(['2', '3']);
    expect((await lti.api('patch', path(id), { deployments: [] })).body.deployments).toEqual([]);
  });

  it('refuses to remove a deployment that has courses, and makes no part of that change', async () => {
    const before = await create({ deployments: ['1', '2'] });
    const course = {
      registrationId: before.id,
      deploymentId: '1',
      contextId: 'c',
      membershipsUrl: 'https://lms.example.edu/m',
    };
    const change = { name: 'New', deployments: ['2', '3'] };
    const { body } = await lti.api('post', '/api/v1/courses', course).expect(201);
    for (const attempt of ['with its course', 'with the history of its course']) {
      const refused = await lti.api('patch', path(before.id), change).expect(409);
      expect([attempt, refused.body]).toMatchObject([attempt, { code: 'deployment_in_use', status: 409 }]);
      expect((await lti.api('get', path(before.id))).body).toEqual(before);
      await lti.api('delete', `/api/v1/courses/${body.id}`);
    }
  });

  it('deletes a registration, whose client_id can be registered again', async () => {
    const { id, clientId: freed } = await create();
    await lti.api('delete', path(id)).expect(204, {});
    for (const call of [
      lti.api('get', path(id)),
      lti.api('patch', path(id), { name: 'x' }),
      lti.api('delete', path(id)),
      lti.api('post', `${path(id)}/sync`),
    ]) {
      expect((await call.expect(404)).body).toMatchObject({ code: 'registration_not_found' });
    }
    const listed = (await lti.api('get', '/api/v1/registrations?limit=500')).body.items;
    expect(listed.map((item: { id: string }) => item.id)).not.toContain(id);
    expect((await create({ clientId: freed })).id).not.toBe(id);
  });

  it('answers 404 to an unknown registration', async () => {
    const { body, type } = await lti.api('get', path(NOWHERE)).expect(404);
    expect(type).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'urn:nest-lti:problem:registration_not_found',
      title: 'Not found',
      status: 404,
      detail: `There is no registration ${NOWHERE}, or it was deleted.`,
      code: 'registration_not_found',
    });
  });
});
