import {
  ScopeMismatch,
  TokenRequestFailed,
  TokenRequestRefused,
} from '../../src/access-tokens/access-token.errors.js';
import { RegistrationListeners } from '../../src/registrations/registration-listeners.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { type FaultInput } from '../../src/testing/index.js';
import { startAppTokenScene } from '../support/app-token-scene.js';
import { type Campus } from '../support/campus.js';
import { type LtiTestApp } from '../support/lti-app.js';
import { type TokenScene } from '../support/token-scene.js';

describe('a token request that failed', () => {
  let lti: LtiTestApp;
  let scene: TokenScene;

  beforeAll(async () => {
    ({ lti, scene } = await startAppTokenScene());
  });
  afterEach(() => scene.clear());
  afterAll(() => scene.stop());

  const failureOf = (campus: Campus): Promise<unknown> =>
    campus.authenticate({}).then(
      () => 'no failure',
      (error: unknown) => error,
    );

  /** Milliseconds from now until `retryAt`. */
  async function waitMs(campus: Campus): Promise<number> {
    const failure = await failureOf(campus);
    if (!(failure instanceof TokenRequestFailed || failure instanceof TokenRequestRefused)) throw failure;
    return failure.retryAt!.getTime() - scene.clock.now().getTime();
  }

  it('is not repeated for 60 s after a refusal; all callers get the reason and the time of the next attempt', async () => {
    const campus = await scene.campus({ knowsTool: false });
    const first = await failureOf(campus);
    expect(first).toBeInstanceOf(TokenRequestRefused);
    expect(first).toMatchObject({
      platformError: 'invalid_client',
      retryAt: new Date(scene.clock.now().getTime() + 60_000),
    });
    scene.clock.advance(59_999);
    const second = await failureOf(campus);
    expect(second).toBeInstanceOf(TokenRequestRefused);
    expect(second).toMatchObject({
      platformError: 'invalid_client',
      retryAt: new Date(scene.clock.now().getTime() + 1),
    });
    expect((first as Error).message).toContain('refused our token request with 401 (invalid_client: ');
    expect((second as Error).message).toBe((first as Error).message);
    expect(campus.tokenRequests).toBe(1);
  });

  it('is repeated 60 s after a refusal, and can succeed then', async () => {
    const campus = await scene.campus({ knowsTool: false });
    expect(await waitMs(campus)).toBe(60_000);
    scene.clock.advance(60_000);
    expect(await waitMs(campus)).toBe(60_000);
    expect(campus.tokenRequests).toBe(2);
    scene.introduce(campus.lms, campus.registration.clientId);
    scene.clock.advance(60_000);
    await campus.authenticate();
    await campus.authenticate();
    expect(campus.tokenRequests).toBe(3);
  });

  it.each<[string, FaultInput]>([
    ['the connection was cut', { kind: 'cut', on: 'token' }],
    ['the answer was cut off', { kind: 'broken-json', on: 'token' }],
    ['the answer was a page', { kind: 'html', on: 'token' }],
    ['the token was null', { kind: 'null-token' }],
    ['we were sent elsewhere', { kind: 'redirect', on: 'token' }],
  ])(
    'is repeated after 1 s, doubling to 60 s, because %s, and after a success from 1 s again',
    async (_, fault) => {
      const campus = await scene.campus();
      campus.lms.faults.add({ ...fault, times: 9 });
      for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
        const requestsBefore = campus.tokenRequests;
        const wait = await waitMs(campus);
        expect(wait).toBeGreaterThanOrEqual(seconds * 750);
        expect(wait).toBeLessThanOrEqual(seconds * 1000);
        scene.clock.advance(wait - 1);
        expect(await failureOf(campus)).toBeInstanceOf(TokenRequestFailed);
        expect(campus.tokenRequests).toBe(requestsBefore + 1);
        scene.clock.advance(1);
      }
      await failureOf(campus);
      scene.clock.advance(60_000);
      const client = await campus.authenticate();
      campus.lms.faults.add(fault);
      await expect(client.forceRefresh()).rejects.toBeInstanceOf(TokenRequestFailed);
      scene.clock.advance(1000);
      await client.forceRefresh();
      expect(campus.tokenRequests).toBe(12);
    },
  );

  it('is repeated after a growing delay when the answer was an HTML page with 503', async () => {
    const campus = await scene.campus();
    campus.lms.faults.add({ kind: 'unavailable', on: 'token', times: 3 });
    for (const seconds of [1, 2, 4]) {
      const wait = await waitMs(campus);
      expect(wait).toBeGreaterThanOrEqual(seconds * 500);
      expect(wait).toBeLessThanOrEqual(seconds * 1000);
      expect(await waitMs(campus)).toBe(wait);
      scene.clock.advance(wait);
    }
    await campus.authenticate();
    expect(campus.tokenRequests).toBe(4);
  });

  it.each<[string, FaultInput]>([
    ['429', { kind: 'throttle', retryAfter: 17, on: 'token' }],
    ['503', { kind: 'unavailable', retryAfter: 17, on: 'token' }],
    ['403 of the older Canvas', { kind: 'throttle', as: '403-text', retryAfter: 17, on: 'token' }],
  ])('is repeated at the time of the Retry-After on a %s', async (_, fault) => {
    const campus = await scene.campus();
    campus.lms.faults.add(fault);
    expect(await waitMs(campus)).toBe(17_000);
    scene.clock.advance(16_999);
    expect(await waitMs(campus)).toBe(1);
    expect(campus.tokenRequests).toBe(1);
    scene.clock.advance(1);
    await campus.authenticate();
    expect(campus.tokenRequests).toBe(2);
  });

  it('is forgotten after an edit of the registration', async () => {
    const campus = await scene.campus({ knowsTool: false });
    expect(await failureOf(campus)).toBeInstanceOf(TokenRequestRefused);
    scene.introduce(campus.lms, campus.registration.clientId);
    const { id } = campus.registration;
    await lti.api('patch', `/api/v1/registrations/${id}`, { name: 'Mended' }).expect(200);
    const registration = await lti.app.get(RegistrationService).get(id);
    const client = await scene.oauth.authenticate(registration, campus.newCourse());
    expect([client.isExpired(), campus.tokenRequests]).toEqual([false, 2]);
  });

  it('is forgotten when a new token is requested by hand, also without an edit', async () => {
    const campus = await scene.campus({ knowsTool: false });
    expect(await failureOf(campus)).toBeInstanceOf(TokenRequestRefused);
    scene.introduce(campus.lms, campus.registration.clientId);
    await lti.app.get(RegistrationListeners).changed(campus.registration.id);
    await campus.authenticate();
    expect(campus.tokenRequests).toBe(2);
  });

  it('affects only its own registration', async () => {
    const refused = await scene.campus({ knowsTool: false });
    scene.introduce(refused.lms, 'a-known-tool');
    const known = await scene.registered(refused.lms, 'a-known-tool');
    expect(await failureOf(refused)).toBeInstanceOf(TokenRequestRefused);
    await known.authenticate();
    expect(await failureOf(refused)).toBeInstanceOf(TokenRequestRefused);
    expect(refused.tokenRequests).toBe(2);
  });

  it('does not affect callers while a token is valid', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    campus.lms.faults.add({ kind: 'html', on: 'token', times: 'always' });
    await expect(client.forceRefresh()).rejects.toBeInstanceOf(TokenRequestFailed);
    expect((await campus.authenticate()).accessToken.hash).toBe(client.accessToken.hash);
    expect(client.isExpired()).toBe(false);
  });

  it('is a ScopeMismatch, not a refusal of the client, when the scopes were refused', async () => {
    const campus = await scene.campus({ grants: ['https://scope.example/other'] });
    expect(await failureOf(campus)).toBeInstanceOf(ScopeMismatch);
    scene.clock.advance(5 * 60_000 - 1);
    expect(await failureOf(campus)).toBeInstanceOf(ScopeMismatch);
    expect(campus.tokenRequests).toBe(1);
  });
});
