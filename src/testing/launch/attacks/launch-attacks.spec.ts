import { decodeProtectedHeader, importSPKI, type JWK, jwtVerify } from 'jose';
import { createPublicKey } from 'node:crypto';
import { FakeClock } from '../../fake-clock.js';
import { type FormField } from '../../browser/form-field.js';
import { autoSubmittedForm } from '../../browser/form-reading.js';
import { claimNames, type Claims } from '../claim-names.js';
import { type LaunchInput } from '../launch-input.schema.js';
import { SimulatedPlatform } from '../../simulated-platform.js';
import { type LaunchAttackName, launchAttackNames, launchAttacks } from './launch-attacks.js';

describe('attacks of the simulated platform', () => {
  const clock = new FakeClock();
  const input = { clientId: 'tool-1', contextId: 'biology', userId: 'user-00002' };
  let lms: SimulatedPlatform;

  beforeAll(async () => {
    lms = await SimulatedPlatform.start({ family: 'canvas', clock });
    lms.addTool({
      clientId: 'tool-1',
      jwks: { keys: [] },
      launch: { loginUrl: 'http://tool.example/login', redirectUris: ['http://tool.example/launch'] },
      lti11: { consumerKey: 'key', secret: 'secret', launchUrl: 'http://tool.example/launch11' },
    });
    lms.addCourse({ contextId: 'biology', members: 3 });
  });
  afterAll(() => lms.stop());

  /** What the platform's page would post; the request is the one that a tool would send the browser with. */
  async function posted(changes: Partial<LaunchInput> = {}): Promise<readonly FormField[]> {
    const { parameters } = lms.startLaunch({ ...input, platformStorage: false, ...changes });
    const url = new URL(lms.authorizationUrl);
    url.search = new URLSearchParams({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: 'tool-1',
      redirect_uri: 'http://tool.example/launch',
      login_hint: parameters.login_hint!,
      lti_message_hint: parameters.lti_message_hint!,
      nonce: 'a-nonce',
      state: 'a-state',
    }).toString();
    const response = await fetch(url);
    const page = { status: response.status, url: url.href, headers: {}, body: await response.text() };
    return autoSubmittedForm(page)?.fields ?? [];
  }

  const tokenOf = (fields: readonly FormField[]) => new Map(fields).get('id_token')!;
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Claims;
  async function attacked(attack: LaunchAttackName): Promise<string> {
    return tokenOf(await posted({ attack, migratesLti11: true }));
  }
  async function platformKey() {
    const { keys } = (await (await fetch(lms.jwksUrl)).json()) as { keys: JWK[] };
    return createPublicKey({ key: keys[0] as never, format: 'jwk' });
  }
  const isSignedByPlatform = async (token: string) =>
    jwtVerify(token, await platformKey(), { currentDate: clock.now() }).then(
      () => true,
      () => false,
    );

  it('tamper with exactly one launch', async () => {
    lms.tamperNextLaunch(launchAttacks['state-unknown']);
    expect(await posted()).toContainEqual(['state', 'a-state-of-somebody-else']);
    expect(await posted()).toContainEqual(['state', 'a-state']);
  });

  it.each(launchAttackNames)('changes the launch: %s', async (attack) => {
    const messageType = {
      'missing-deep-linking-settings': 'LtiDeepLinkingRequest',
      'missing-for-user': 'LtiSubmissionReviewRequest',
    }[attack as string];
    const right = await posted({ messageType, migratesLti11: true });
    const wrong = await posted({ attack, messageType, migratesLti11: true });
    const [header, claims, signature] = (tokenOf(wrong) || '..').split('.');
    const [rightHeader, rightClaims, rightSignature] = tokenOf(right).split('.');
    const isSameToken = header === rightHeader && claims === rightClaims && signature === rightSignature;
    const names = (fields: readonly FormField[]) => fields.map(([name]) => name).join();
    const states = (fields: readonly FormField[]) => fields.filter(([name]) => name === 'state');
    const isSameForm = names(wrong) === names(right) && states(wrong).join() === states(right).join();
    expect(isSameToken && isSameForm).toBe(false);
  });

  it('do not change a launch without an attack', async () => {
    expect(await posted()).toEqual(await posted());
    expect(await isSignedByPlatform(tokenOf(await posted()))).toBe(true);
  });

  it('sign with what a careless tool would accept', async () => {
    const pem = (await platformKey()).export({ type: 'spki', format: 'pem' }) as string;
    const hmac = await attacked('hmac-with-public-key');
    await expect(jwtVerify(hmac, Buffer.from(pem), { currentDate: clock.now() })).resolves.toBeDefined();
    const rs512 = await attacked('other-algorithm');
    const key = await importSPKI(pem, 'RS512');
    await expect(jwtVerify(rs512, key, { currentDate: clock.now() })).resolves.toBeDefined();
    expect(await attacked('alg-none')).toMatch(/^[\w-]+\.[\w-]+\.$/);
    expect(decodeProtectedHeader(await attacked('alg-none'))).toMatchObject({ alg: 'none' });
  });

  it("name the attacker's keys, which fit their signature", async () => {
    const withUrl = await attacked('jku-header');
    const { jku } = decodeProtectedHeader(withUrl) as { jku: string };
    const { keys } = (await (await fetch(jku)).json()) as { keys: JWK[] };
    const attackersKey = createPublicKey({ key: keys[0] as never, format: 'jwk' });
    await expect(jwtVerify(withUrl, attackersKey, { currentDate: clock.now() })).resolves.toBeDefined();
    expect(decodeProtectedHeader(await attacked('jwk-header')).jwk).toMatchObject({
      n: attackersKey.export({ format: 'jwk' }).n,
    });
  });

  it.each(['tampered-payload', 'broken-signature', 'foreign-key', 'kid-unknown', 'no-signature'] as const)(
    'does not sign the launch with a key of the platform: %s',
    async (attack) => {
      const token = await attacked(attack);
      expect(await isSignedByPlatform(token)).toBe(false);
      expect(claimsOf(token)).toMatchObject({ nonce: 'a-nonce' });
    },
  );

  it.each(['iss-other', 'aud-untrusted-extra', 'missing-version', 'kid-missing'] as const)(
    'signs the launch with a key of the platform: %s',
    async (attack) => expect(await isSignedByPlatform(await attacked(attack))).toBe(true),
  );

  it('send values that are too long', async () => {
    expect((await attacked('huge-token')).length).toBeGreaterThan(1024 * 1024);
    expect((await posted({ attack: 'two-states' })).map(([name]) => name)).toEqual([
      'id_token',
      'state',
      'state',
    ]);
  });

  it('put markup into every field that a page might show, in an otherwise valid launch', async () => {
    const token = await attacked('markup-in-claims');
    const claims = claimsOf(token);
    expect(await isSignedByPlatform(token)).toBe(true);
    expect(claims).toMatchObject({ sub: 'user-00002', name: expect.stringContaining('<script>') });
    expect(claims[claimNames.context]).toMatchObject({
      id: 'biology',
      title: expect.stringContaining('<script>'),
    });
  });

  it('can be chosen by another process', async () => {
    const call = (path: string, body: unknown) =>
      fetch(`${lms.url}/_control/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await call('attack', { name: 'platform-error' })).status).toBe(201);
    expect((await posted())[0]).toEqual(['error', 'access_denied']);
    expect((await call('attack', { name: 'unheard-of' })).status).toBe(400);
    expect(await (await call('launches', input)).json()).toMatchObject({
      url: 'http://tool.example/login',
      method: 'POST',
      parameters: { login_hint: 'user-00002' },
      authorizationUrl: lms.authorizationUrl,
    });
    expect((await call('launches', { ...input, userId: 'nobody' })).status).toBe(404);
    expect((await call('launches', { ...input, attack: 'unheard-of' })).status).toBe(400);
  });
});
