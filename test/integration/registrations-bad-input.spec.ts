import { LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';

describe('bad input for registrations', () => {
  let lti: LtiTestApp;
  beforeAll(async () => (lti = await LtiTestApp.start({ platformHttp: {} })));
  afterAll(async () => {
    // No refused request has stored anything.
    expect((await lti.api('get', '/api/v1/registrations')).body).toEqual({ items: [] });
    await lti.stop();
  });

  async function faultsOf(call: ReturnType<LtiTestApp['api']>): Promise<Record<string, string>> {
    const { body, type } = await call.expect(400);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ code: 'invalid_request', status: 400, title: 'Bad request' });
    return Object.fromEntries(
      body.errors.map(({ field, message }: { field: string; message: string }) => [field, message]),
    );
  }
  const post = (body: object) => lti.api('post', '/api/v1/registrations', body);
  const fieldsOf = async (body: object): Promise<string[]> => Object.keys(await faultsOf(post(body)));

  it('is reported with every missing field', async () => {
    expect(await fieldsOf({})).toEqual([
      'name',
      'issuer',
      'clientId',
      'authorizationUrl',
      'tokenUrl',
      'jwksUrl',
      'deployments',
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a number for a name', { name: 1 }, ['name']],
    ['null for an issuer', { issuer: null }, ['issuer']],
    ['an empty name', { name: '' }, ['name']],
    ['a name of spaces', { name: '   ' }, ['name']],
    ['a name that is too long', { name: 'x'.repeat(256) }, ['name']],
    ['a name with a NUL', { name: 'a\0b' }, ['name']],
    ['a name with half a character', { name: 'a\uD800' }, ['name']],
    ['an issuer with spaces', { issuer: 'https://lms example' }, ['issuer']],
    ['an issuer that is a host', { issuer: 'lms.example.edu' }, ['issuer']],
    ['an issuer that is a word', { issuer: 'moodle' }, ['issuer']],
    ['an issuer of another scheme', { issuer: 'urn:lms.example.edu' }, ['issuer']],
    ['an issuer without a host', { issuer: 'https://' }, ['issuer']],
    ['an issuer without slashes', { issuer: 'https:lms.example.edu' }, ['issuer']],
    ['an issuer with a wrong port', { issuer: 'https://lms.example.edu:port' }, ['issuer']],
    ['an issuer that is too long', { issuer: `https://${'x'.repeat(1020)}` }, ['issuer']],
    ['a client_id that is too long', { clientId: 'x'.repeat(256) }, ['clientId']],
    ['what is no URL', { tokenUrl: 'lms/token', jwksUrl: '' }, ['tokenUrl', 'jwksUrl']],
    ['a URL that is too long', { jwksUrl: `https://lms.example.edu/${'x'.repeat(2048)}` }, ['jwksUrl']],
    ['a URL with a NUL', { tokenUrl: 'https://lms.example.edu/\0' }, ['tokenUrl']],
    ['text for deployments', { deployments: '1' }, ['deployments']],
    ['a deployment that is no text', { deployments: ['1', 2] }, ['deployments.1']],
    ['an empty deployment', { deployments: [''] }, ['deployments.0']],
    ['too many deployments', { deployments: Array(1001).fill('1') }, ['deployments']],
    ['no scope at all', { scopes: [] }, ['scopes']],
    ['a scope with a space', { scopes: ['a b'] }, ['scopes.0']],
    ['an unknown family', { platformFamily: 'webct' }, ['platformFamily']],
    ['an unknown field', { tokenURL: 'https://lms.example.edu/token' }, ['tokenURL']],
    [
      'several at once',
      { name: 1, clientId: '', extra: true, more: 1 },
      ['name', 'clientId', 'extra', 'more'],
    ],
    ['fields of the answer', { id: 'x', revision: 1 }, ['id', 'revision']],
  ])('is reported with its field: %s', async (_, changes, fields) => {
    expect(await fieldsOf(registrationBody(changes))).toEqual(fields);
  });

  it.each([
    'http://lms.example.edu/token',
    'https://localhost/token',
    'https://127.0.0.1/token',
    'https://[::1]/token',
    'https://10.1.2.3/token',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/token',
    'https://user:secret@lms.example.edu/token',
    'ftp://lms.example.edu/token',
    'javascript:alert(1)',
    'file:///etc/passwd',
  ])('is reported for a URL that may not be called, in each of its fields: %s', async (url) => {
    const faults = await faultsOf(
      post(registrationBody({ authorizationUrl: url, tokenUrl: url, jwksUrl: url })),
    );
    expect(Object.keys(faults)).toEqual(['authorizationUrl', 'tokenUrl', 'jwksUrl']);
    expect(JSON.stringify(faults)).not.toContain('secret');
  });

  it('is reported for a list as the body', async () => expect(await fieldsOf([])).toEqual(['']));

  it('is reported for a body of another type', async () => {
    const { body } = await lti.api('post', '/api/v1/registrations').type('text').send('hello').expect(415);
    expect(body).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('does not change the prototype of any object', async () => {
    const text = `{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}`;
    const faults = await faultsOf(lti.api('post', '/api/v1/registrations').type('json').send(text));
    expect(Object.keys(faults)).toContain('name');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('gets an error text of bounded length', async () => {
    const body = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`field-${n}-${'x'.repeat(150)}`, 1]),
    );
    const { text } = await post(body).expect(400);
    expect(text.length).toBeLessThan(10_000);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=newest.01930a3e-7c5b-7d4e-9f10-2a3b4c5d6e7f', 'cursor'],
    ['cursor=asc.nonsense', 'cursor'],
    ["cursor=1'%20OR%201=1", 'cursor'],
    ['cursor=%00', 'cursor'],
    ['offset=5', 'offset'],
    ['order=newest', 'order'],
    ['order=', 'order'],
    ['order=asc&order=desc', 'order'],
  ])('is reported for a query parameter that no list has: %s', async (query, field) => {
    expect(Object.keys(await faultsOf(lti.api('get', `/api/v1/registrations?${query}`)))).toEqual([field]);
  });

  it.each(['limit=1', 'limit=500'])(
    'is not reported for a value just within the bounds: %s',
    async (query) => {
      await lti.api('get', `/api/v1/registrations?${query}`).expect(200);
    },
  );

  it.each<['get' | 'patch' | 'delete', object | undefined]>([
    ['get', undefined],
    ['patch', { name: 'x' }],
    ['delete', undefined],
  ])('is reported for an invalid id: %s', async (method, body) => {
    for (const id of ['1', 'undefined', '%00', "'; DROP TABLE registration"]) {
      const call = lti.api(method, `/api/v1/registrations/${encodeURI(id)}`, body);
      expect(await faultsOf(call)).toEqual({ id: 'must be a UUID' });
    }
  });

  it('is reported for a change that changes nothing, or changes a fixed field', async () => {
    const path = '/api/v1/registrations/00000000-0000-7000-8000-000000000001';
    expect(await faultsOf(lti.api('patch', path, {}))).toEqual({ '': 'must name at least one field' });
    expect(Object.keys(await faultsOf(lti.api('patch', path, { revision: 7 })))).toContain('revision');
    const private_ = { tokenUrl: 'https://10.0.0.1/' };
    expect(Object.keys(await faultsOf(lti.api('patch', path, private_)))).toEqual(['tokenUrl']);
  });
});
