import { type ServiceEndpoints } from '../../src/access-tokens/service-endpoints.js';
import { Scope } from '../../src/common/scopes.js';
import { type Deployment } from '../../src/registrations/deployment.entity.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type Campus, readRoster } from '../support/campus.js';
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

describe('the key of an access token with deploymentInAssertion', () => {
  let keys: SigningKeys;
  let scene: TokenScene;
  let campus: Campus;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
    const tool = { deploymentIds: ['1', '2'], requiresDeploymentInAssertion: true };
    campus = await scene.campus({ tool });
    campus.registration.deploymentInAssertion = true;
  });
  afterEach(() => scene.stop());

  const newCourse = (deploymentId: string): ServiceEndpoints => ({
    memberships: campus.lms.addCourse({ deploymentId, members: 2 }).membershipsUrl,
    deploymentId,
  });
  const issuedFor = () => campus.lms.issuedTokens.map(({ deploymentId }) => deploymentId);

  it('uses one token for all courses of a deployment, and another token for another deployment', async () => {
    const clients = [];
    for (const deploymentId of ['1', '2', '1', '2'])
      clients.push(await campus.authenticate(newCourse(deploymentId)));
    for (const client of clients) expect((await readRoster(client)).status).toBe(200);
    expect(issuedFor()).toEqual(['1', '2']);
    const hashes = clients.map(({ accessToken }) => accessToken.hash);
    expect(hashes.slice(2)).toEqual(hashes.slice(0, 2));
    expect(campus.tokenRequests).toBe(2);
  });

  it('replaces a dead token by one of the same deployment', async () => {
    const [first, second] = [
      await campus.authenticate(newCourse('1')),
      await campus.authenticate(newCourse('2')),
    ];
    campus.lms.expireTokens();
    expect([(await readRoster(second)).status, (await readRoster(first)).status]).toEqual([200, 200]);
    expect(issuedFor()).toEqual(['1', '2', '2', '1']);
  });

  it('does not use a token in a course of another deployment', async () => {
    const client = await campus.authenticate(newCourse('1'));
    expect(() => client.withEndpoints(newCourse('2'))).toThrow(
      expect.objectContaining({ code: 'deployment_mismatch' }),
    );
    expect(client.withEndpoints(newCourse('1')).accessToken.hash).toBe(client.accessToken.hash);
  });

  it('uses the only deployment of the registration for endpoints that name none', async () => {
    const { memberships } = newCourse('2');
    const authenticate = () => campus.authenticate({ memberships });
    await expect(authenticate()).rejects.toMatchObject({ code: 'deployment_required' });
    const deployment = { deploymentId: '2', status: 'active' } as Deployment;
    campus.registration.deployments = [deployment, { deploymentId: '3', status: 'pending' } as Deployment];
    await authenticate();
    campus.registration.deployments = [deployment, { deploymentId: '1', status: 'active' } as Deployment];
    await expect(authenticate()).rejects.toMatchObject({ code: 'deployment_required' });
    expect(issuedFor()).toEqual(['2']);
  });

  it('names no deployment without the option, so a platform that requires it refuses the request', async () => {
    campus.registration.deploymentInAssertion = false;
    await expect(campus.authenticate(newCourse('1'))).rejects.toMatchObject({
      platformError: 'invalid_client',
    });
    expect(campus.lms.counts.rejected).toEqual({ missing_deployment: 1 });
  });

  it('names a deployment that the platform does not know only where the caller does', async () => {
    await expect(campus.authenticate(newCourse('3'))).rejects.toThrow('The tool has no deployment 3.');
    expect(campus.lms.counts.rejected).toEqual({ unknown_deployment: 1 });
  });
});

function owners(lms: SimulatedPlatform, values: string[]): (string | undefined)[] {
  return values.map((value) => lms.issuedTokens.find(({ accessToken }) => accessToken === value)?.clientId);
}

function fail(): void {
  throw new Error('There should be no token request.');
}
