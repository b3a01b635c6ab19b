import { Scope } from '../../src/common/scopes.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

describe('the key of an access token', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  it('uses one token for two courses and every service', async () => {
    const campus = await scene.campus();
    const [first, second] = [await campus.authenticate(), await campus.authenticate()];
    expect([(await readRoster(first)).status, (await readRoster(second)).status]).toEqual([200, 200]);
    const { registration } = campus;
    for (const needed of [[Scope.score], [Scope.lineItem, Scope.resultReadonly], []]) {
      const token = await scene.tokens.obtain({ registration, needed, onRequest: fail });
      expect(token.hash).toBe(first.accessToken.hash);
    }
    expect(campus.tokenRequests).toBe(1);
    expect(new Set(campus.lms.issuedTokens[0]?.scopes)).toEqual(new Set(registration.scopes));
  });

  it('uses the same token for permuted scopes', async () => {
    const campus = await scene.campus();
    await campus.authenticate();
    campus.registration.scopes = [...campus.registration.scopes, Scope.score].reverse();
    await campus.authenticate();
    expect(campus.tokenRequests).toBe(1);
  });

  it('never uses one token for two client ids at one platform', async () => {
    const campus = await scene.campus();
    scene.introduce(campus.lms, 'another-tool');
    const other = await scene.registered(campus.lms, 'another-tool');
    const endpoints = campus.newCourse();
    const clients = [await campus.authenticate(endpoints), await other.authenticate(endpoints)];
    expect(
      owners(
        campus.lms,
        clients.map(({ accessToken }) => accessToken.value),
      ),
    ).toEqual([campus.registration.clientId, 'another-tool']);
    await campus.authenticate(endpoints);
    await other.authenticate(endpoints);
    expect(campus.tokenRequests).toBe(2);
  });

  it('does not use the old token after an edit of the registration', async () => {
    const campus = await scene.campus();
    const before = await campus.authenticate();
    campus.registration.revision += 1;
    const after = await campus.authenticate();
    expect(after.accessToken.hash).not.toBe(before.accessToken.hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('requests the needed scopes, even if the registration does not list them', async () => {
    const campus = await scene.campus();
    campus.registration.scopes = [Scope.score];
    await campus.authenticate();
    expect(campus.lms.issuedTokens.map(({ scopes }) => scopes)).toEqual([[Scope.membershipReadonly]]);
  });

  it('uses another token for other scopes', async () => {
    const campus = await scene.campus();
    await campus.authenticate();
    campus.registration.scopes = [Scope.membershipReadonly];
    await campus.authenticate();
    expect(campus.lms.issuedTokens.map(({ scopes }) => scopes.length)).toEqual([5, 1]);
  });
});

function owners(lms: SimulatedPlatform, values: string[]): (string | undefined)[] {
  return values.map((value) => lms.issuedTokens.find(({ accessToken }) => accessToken === value)?.clientId);
}

function fail(): void {
  throw new Error('There should be no token request.');
}
