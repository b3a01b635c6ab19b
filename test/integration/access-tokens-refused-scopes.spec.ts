import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { ScopeMismatch } from '../../src/access-tokens/access-token.errors.js';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { type AccessToken } from '../../src/access-tokens/access-token.js';
import { startAppTokenScene } from '../support/app-token-scene.js';
import { type Campus, readRoster } from '../support/campus.js';
import { type LtiTestApp } from '../support/lti-app.js';
import { type TokenScene } from '../support/token-scene.js';

const HOUR_MS = 3_600_000;
const ROSTER = Scope.membershipReadonly;
const all = [...defaultScopes];
const allBut = (...scopes: string[]) => all.filter((scope) => !scopes.includes(scope));

describe('a platform that refuses the whole request for one scope', () => {
  let lti: LtiTestApp;
  let scene: TokenScene;

  beforeAll(async () => {
    ({ lti, scene } = await startAppTokenScene());
  });
  afterEach(() => scene.clear());
  afterAll(() => scene.stop());

  const reloaded = ({ registration }: Campus): Promise<Registration> =>
    lti.app.get(RegistrationService).get(registration.id);

  /** A token for this need, as another part of the tool would ask: with the registration fresh from the database. */
  async function obtain(campus: Campus, ...needed: string[]): Promise<AccessToken> {
    return obtainAs(await reloaded(campus), ...needed);
  }

  function obtainAs(registration: Registration, ...needed: string[]): Promise<AccessToken> {
    return scene.tokens.obtain({ registration, needed, onRequest: () => undefined });
  }

  async function refusedScopes({ registration }: Campus): Promise<string[]> {
    const { body } = await lti.api('get', `/api/v1/registrations/${registration.id}`).expect(200);
    return body.refusedScopes.map(({ scope }: { scope: string }) => scope).sort();
  }

  const asked = ({ lms }: Campus) => lms.issuedTokens.map(({ scopes }) => [...scopes].sort());

  it.each(['canvas', 'sakai'] as const)(
    'of the %s family is asked again for just the needed scopes',
    async (family) => {
      const campus = await scene.campus({ family, grants: allBut(Scope.score) });
      const client = await campus.authenticate();
      expect(client.accessToken.scopes).toEqual([ROSTER]);
      expect(campus.tokenRequests).toBe(2);
      expect(await refusedScopes(campus)).toEqual(allBut(ROSTER).sort());
    },
  );

  it('causes no further request for the same scopes, however the registration was read', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    const unaware = await reloaded(campus);
    await campus.authenticate();
    await campus.authenticate();
    await obtain(campus, ROSTER);
    await obtainAs(unaware, ROSTER);
    expect(campus.tokenRequests).toBe(2);
  });

  it('grants later in one token every scope that a caller needs', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    await obtain(campus, ROSTER);
    await obtain(campus, Scope.lineItem);
    expect(await refusedScopes(campus)).toEqual(allBut(ROSTER, Scope.lineItem).sort());
    await obtain(campus, ROSTER);
    await obtain(campus, Scope.lineItem);
    await obtain(campus, ROSTER, Scope.lineItem);
    expect(asked(campus)).toEqual([[ROSTER], [Scope.lineItem], [Scope.lineItem, ROSTER]]);
    expect(campus.tokenRequests).toBe(4);
  });

  it('is not asked for all scopes within 24 h, and is asked again after that', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    await obtain(campus, ROSTER);
    scene.clock.advance(24 * HOUR_MS - 1);
    await obtain(campus, ROSTER);
    expect(campus.tokenRequests).toBe(3);
    scene.clock.advance(HOUR_MS);
    scene.introduce(campus.lms, campus.registration.clientId);
    const token = await obtain(campus, ROSTER);
    expect(token.scopes).toHaveLength(5);
    expect(campus.tokenRequests).toBe(4);
    expect(await refusedScopes(campus)).toEqual([]);
  });

  it('that still refuses after 24 h is not asked for another day', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    await obtain(campus, ROSTER);
    scene.clock.advance(25 * HOUR_MS);
    await obtain(campus, ROSTER);
    expect(campus.tokenRequests).toBe(4);
    scene.clock.advance(23 * HOUR_MS);
    await obtain(campus, ROSTER);
    expect(campus.tokenRequests).toBe(5);
  });

  it('is asked for all scopes again after an edit', async () => {
    const campus = await scene.campus({ family: 'sakai', grants: allBut(Scope.score) });
    await obtain(campus, ROSTER);
    scene.introduce(campus.lms, campus.registration.clientId);
    const { body } = await lti
      .api('patch', `/api/v1/registrations/${campus.registration.id}`, { name: 'Mended' })
      .expect(200);
    expect(body.refusedScopes).toEqual([]);
    expect((await obtain(campus, ROSTER)).scopes).toHaveLength(5);
    expect(campus.tokenRequests).toBe(3);
  });

  it('keeps what each caller was granted when callers need different scopes', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    campus.lms.faults.add({ kind: 'latency', ms: 1000, on: 'token' });
    const needs = [ROSTER, Scope.lineItem, Scope.resultReadonly];
    const tokens: Promise<AccessToken>[] = [];
    for (const need of needs) {
      tokens.push(obtainAs(await reloaded(campus), need));
      await scene.clock.untilSleeping();
      scene.clock.advance(1);
    }
    scene.clock.advance(1000);
    expect((await Promise.all(tokens)).map(({ scopes }) => scopes)).toEqual(needs.map((need) => [need]));
    expect(campus.tokenRequests).toBe(4);
    expect(await refusedScopes(campus)).toEqual(allBut(...needs).sort());
  });

  it('keeps what was granted in the meantime when a caller did not know of the refusal', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    const unaware = await reloaded(campus);
    await obtain(campus, ROSTER);
    scene.clock.advance(1000);
    await obtain(campus, Scope.lineItem);
    scene.clock.advance(1000);
    await obtainAs(unaware, ROSTER);
    expect(await refusedScopes(campus)).toEqual(allBut(ROSTER, Scope.lineItem).sort());
  });

  it('that also refuses the needed scopes causes a ScopeMismatch, and one request in 5 min', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(ROSTER) });
    await expect(obtain(campus, ROSTER)).rejects.toThrow(ScopeMismatch);
    expect(campus.tokenRequests).toBe(2);
    expect(await refusedScopes(campus)).toEqual([ROSTER]);
    await expect(obtain(campus, ROSTER)).rejects.toMatchObject({ required: [ROSTER], granted: [] });
    expect(campus.tokenRequests).toBe(2);
    expect((await obtain(campus, Scope.score)).scopes).toEqual(allBut(ROSTER).sort());
    expect(campus.tokenRequests).toBe(3);
    scene.clock.advance(5 * 60_000);
    await expect(obtain(campus, ROSTER)).rejects.toThrow(ScopeMismatch);
    expect(campus.tokenRequests).toBe(4);
    scene.introduce(campus.lms, campus.registration.clientId);
    scene.clock.advance(5 * 60_000);
    expect((await obtain(campus, ROSTER)).scopes).toEqual([ROSTER]);
    expect(await refusedScopes(campus)).toEqual([]);
  });

  it('causes one request after a 401 too', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    const client = await campus.authenticate();
    scene.clock.advance(60_000);
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(3);
  });

  it('causes no second request for a caller who needs no scope in particular', async () => {
    const campus = await scene.campus({ family: 'canvas', grants: allBut(Scope.score) });
    await expect(obtain(campus)).rejects.toThrow(ScopeMismatch);
    expect(campus.tokenRequests).toBe(1);
  });
});
