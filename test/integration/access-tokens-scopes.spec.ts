import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { ScopeMismatch } from '../../src/access-tokens/access-token.errors.js';
import { type Campus, readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

const PROBE_MS = 5 * 60_000;
const ROSTER = Scope.membershipReadonly;
const withoutRoster = defaultScopes.filter((scope) => scope !== ROSTER);

describe('a platform that silently grants less than was asked', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  async function mismatchOf(campus: Campus): Promise<ScopeMismatch> {
    const failure: unknown = await campus.authenticate().catch((error: unknown) => error);
    if (failure instanceof ScopeMismatch) return failure;
    throw new Error(`It should be a ScopeMismatch, not ${String(failure)}.`);
  }

  it.each(['moodle', 'generic', 'openedx', 'brightspace'] as const)(
    'is detected before the service is called (%s)',
    async (family) => {
      const campus = await scene.campus({ family, grants: withoutRoster });
      const failure = await mismatchOf(campus);
      expect(failure).toMatchObject({ code: 'scope_mismatch', status: 403, required: [ROSTER] });
      expect(failure.granted).toEqual([...withoutRoster].sort());
      expect(failure.message).toContain(ROSTER);
      expect(failure.details()).toEqual({ required: failure.required, granted: failure.granted });
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([1, 0]);
    },
  );

  it('still serves callers who need only the granted scopes', async () => {
    const campus = await scene.campus({ family: 'moodle', grants: withoutRoster });
    await mismatchOf(campus);
    const client = await campus.authenticate({});
    expect(client.hasScope(Scope.score)).toBe(true);
    expect(campus.tokenRequests).toBe(1);
  });

  it('is asked again after 5 min, and not before', async () => {
    const campus = await scene.campus({ family: 'moodle', grants: withoutRoster });
    await mismatchOf(campus);
    scene.introduce(campus.lms, campus.registration.clientId);
    scene.clock.advance(PROBE_MS - 1);
    await mismatchOf(campus);
    expect(campus.tokenRequests).toBe(1);
    scene.clock.advance(1);
    const client = await campus.authenticate();
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('is asked equally often, however many callers lack a scope', async () => {
    const campus = await scene.campus({ family: 'moodle', grants: withoutRoster });
    for (let minute = 0; minute < 11; minute += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => campus.authenticate()));
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(ScopeMismatch) });
      }
      scene.clock.advance(60_000);
    }
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([3, 0]);
  });

  it('is detected by a client in use before its next call', async () => {
    const campus = await scene.campus({ family: 'moodle' });
    const client = await campus.authenticate();
    await readRoster(client);
    scene.introduce(campus.lms, campus.registration.clientId, withoutRoster);
    scene.clock.advance(3_600_000);
    await expect(readRoster(client)).rejects.toThrow(ScopeMismatch);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 1]);
  });

  it('is asked for all scopes with each renewal: a partial grant does not persist', async () => {
    const campus = await scene.campus({ family: 'moodle', grants: [ROSTER] });
    const client = await campus.authenticate();
    expect(client.accessToken.scopes).toEqual([ROSTER]);
    scene.introduce(campus.lms, campus.registration.clientId);
    await client.forceRefresh();
    expect(client.accessToken.scopes).toHaveLength(5);
  });
});
