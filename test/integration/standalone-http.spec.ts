import request from 'supertest';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { STANDALONE_API_KEY, StandaloneService } from '../support/standalone-service.js';

describe('the standalone service by HTTP', () => {
  let service: StandaloneService;
  beforeAll(async () => (service = await StandaloneService.start({ ALLOWED_PRIVATE_HOSTS: 'localhost' })));
  afterAll(() => service.stop());

  const post = (text: string) =>
    request(service.url)
      .post('/api/v1/registrations')
      .set('Authorization', `Bearer ${STANDALONE_API_KEY}`)
      .type('json')
      .send(text);

  it.each([
    ['a route that is not there', '/nowhere', 404, 'not_found'],
    ['a route of the API that is not there', '/api/v1/nowhere', 404, 'not_found'],
    ['a method that is not there', '/api/v1/syncs', 404, 'not_found'],
    ['a path that cannot be read', '/api/v1/registrations/%E0%A4%A', 400, 'invalid_request'],
    ['no API key', '/api/v1/registrations', 401, 'api_key_required'],
  ])('answers %s with problem details', async (_, path, status, code) => {
    const { body, type } = await request(service.url).get(path).expect(status);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ type: `urn:nest-lti:problem:${code}`, status, code });
    expect(Object.keys(body)).not.toContain('stack');
  });

  it.each([
    ['a body of 1 MB', JSON.stringify({ name: 'x'.repeat(1_000_000) }), 413, 'request_too_large'],
    ['broken JSON', '{"name": ', 400, 'invalid_request'],
    ['JSON that is no object', 'null', 400, 'invalid_request'],
    ['no body', '', 400, 'invalid_request'],
  ])('refuses %s with problem details', async (_, text, status, code) => {
    const { body, type } = await post(text).expect(status);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ status, code });
  });

  it('refuses a large body from a caller without a key too', async () => {
    const { body } = await request(service.url)
      .post('/api/v1/registrations')
      .type('json')
      .send(JSON.stringify({ name: 'x'.repeat(1_000_000) }))
      .expect(413);
    expect(body).toMatchObject({ code: 'request_too_large', detail: expect.stringContaining('Send less') });
  });

  it.each([
    ['launch', 150, 'state_unknown'],
    ['launch', 300, 'launch_form_too_large'],
    ['login', 300, 'launch_form_too_large'],
    ['1.1/launch', 300, 'launch_form_too_large'],
  ])('answers a form of a %s of %i KiB with a page that has a code', async (path, size, code) => {
    const { text, type } = await request(service.url)
      .post(`/lti/${path}`)
      .set('Accept', 'text/html')
      .type('form')
      .send({ state: 'x', id_token: 'x'.repeat(size * 1024) });
    expect(type).toBe('text/html');
    expect(text).toContain(code);
  });

  it.each(['/api', '/api/courses', '/api/v2/courses', '/API/courses'])(
    'answers a request to %s with 404 and the path of the API',
    async (path) => {
      const { body, type } = await request(service.url).post(path).send({}).expect(404);
      expect(type).toBe('application/problem+json');
      expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('is at /api/v1') });
      const unknown = await request(service.url).post('/api/v1/nowhere').send({}).expect(404);
      expect(unknown.body.detail).toBe('Cannot POST /api/v1/nowhere');
    },
  );

  it('reads a list of notices that is larger than its other bodies may be', async () => {
    const notices = Array.from({ length: 400 }, () => ({ jwt: 'x'.repeat(1000) }));
    const { body } = await request(service.url)
      .post('/lti/notices')
      .type('json')
      .send(JSON.stringify({ notices }))
      .expect(400);
    expect(body).toMatchObject({ code: 'notices_refused' });
  });

  it('does not name its software', async () => {
    const { headers } = await request(service.url).get('/nowhere');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('gives each request an id, a proxy’s own if that is valid', async () => {
    const given = await request(service.url).get('/health/live').set('x-request-id', 'proxy-1');
    expect(given.headers['x-request-id']).toBe('proxy-1');
    const forged = await request(service.url).get('/health/live').set('x-request-id', 'a b"c');
    expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('and a simulated platform', () => {
    let lms: SimulatedPlatform | undefined;
    afterEach(() => lms?.stop());
    const apiKey = STANDALONE_API_KEY;

    it('are connected with the REST API', async () => {
      lms = await SimulatedPlatform.start({ host: 'localhost', family: 'canvas' });
      const { id } = await lms.connect(`${service.url}/`, { apiKey, name: 'Campus' });
      const { body } = await request(service.url)
        .get(`/api/v1/registrations/${id}`)
        .set('Authorization', `Bearer ${apiKey}`)
        .expect(200);
      expect(body).toMatchObject({ name: 'Campus', platformFamily: 'canvas', tokenUrl: lms.tokenUrl });
      expect(lms.tools.map(({ clientId }) => clientId)).toEqual([body.clientId]);
    });

    it('are not connected with a wrong key, nor if platforms on this machine are not allowed', async () => {
      lms = await SimulatedPlatform.start();
      const code = 'tool_not_connected';
      const message = expect.stringMatching(/ answered 401: .*API key/);
      await expect(lms.connect(service.url, { apiKey: 'wrong' })).rejects.toMatchObject({ code, message });
      const refusal = await lms.connect(service.url, { apiKey }).then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
      expect(refusal).toContain('answered 400');
      expect(refusal).toContain('ALLOW_PRIVATE_NETWORKS');
      expect(refusal.match(/authorizationUrl, tokenUrl, jwksUrl: /g)).toHaveLength(1);
    });
  });
});
