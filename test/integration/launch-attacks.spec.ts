import { UsedNonceRepository } from '../../src/launch/used-nonce.repository.js';
import { type LaunchAttackName, type SimulatedPlatform } from '../../src/testing/index.js';
import { formBody, type LaunchedTool, LaunchScene } from '../support/launch-scene.js';

/** The code with which each attack of the simulated platform is refused. */
const refusals: Partial<Record<LaunchAttackName, string>> = {
  'alg-none': 'id_token_unsigned',
  'alg-none-odd-case': 'id_token_unsigned',
  'hmac-with-public-key': 'id_token_symmetric',
  'other-algorithm': 'id_token_algorithm',
  'other-padding': 'id_token_algorithm',
  'tampered-payload': 'id_token_signature',
  'broken-signature': 'id_token_signature',
  'no-signature': 'id_token_signature',
  'not-a-token': 'id_token_malformed',
  'foreign-key': 'id_token_signature',
  'kid-missing': 'id_token_kid_missing',
  'kid-unknown': 'id_token_kid_unknown',
  'jku-header': 'id_token_names_key',
  'jwk-header': 'id_token_names_key',
  'iss-trailing-slash': 'id_token_issuer',
  'iss-other-case': 'id_token_issuer',
  'iss-other': 'id_token_issuer',
  'aud-other': 'id_token_audience',
  'aud-list-other': 'id_token_audience',
  'aud-untrusted-extra': 'id_token_audience_untrusted',
  'aud-empty-list': 'id_token_audience',
  'azp-other': 'id_token_azp',
  'exp-past': 'id_token_expired',
  'exp-not-a-number': 'id_token_exp_missing',
  'iat-future': 'id_token_issued_in_future',
  'iat-ancient': 'id_token_too_old',
  'nonce-foreign': 'nonce_mismatch',
  'deployment-unknown': 'deployment_unknown',
  'version-1.1': 'lti_version_unsupported',
  'message-type-unknown': 'message_type_unsupported',
  'roles-not-a-list': 'claim_invalid',
  'target-link-script': 'claim_invalid',
  'state-missing': 'launch_parameter_missing',
  'state-unknown': 'state_unknown',
  'two-states': 'launch_parameter_invalid',
  'two-id-tokens': 'launch_parameter_invalid',
  'id-token-missing': 'launch_parameter_missing',
  'token-and-error': 'launch_declined',
  'platform-error': 'launch_declined',
  'markup-in-state': 'state_unknown',
  'missing-iss': 'id_token_issuer',
  'missing-aud': 'id_token_audience',
  'missing-exp': 'id_token_exp_missing',
  'missing-iat': 'id_token_iat_missing',
  'missing-nonce': 'nonce_missing',
  'missing-message-type': 'claim_missing',
  'missing-version': 'claim_missing',
  'missing-deployment-id': 'claim_missing',
  'missing-target-link-uri': 'claim_missing',
  'missing-resource-link': 'claim_missing',
  'missing-resource-link-id': 'claim_missing',
  'missing-roles': 'claim_missing',
};

describe('an attack by launch', () => {
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;

  beforeAll(async () => {
    scene = await LaunchScene.start();
    platform = await scene.platform();
    tool = await scene.register(platform);
  });
  afterAll(() => scene.stop());

  const launch = (attack?: LaunchAttackName) =>
    scene.browser().launch(scene.begin(platform, tool, { attack }));

  it.each(Object.entries(refusals) as [LaunchAttackName, string][])(
    '%s is refused with %s, and leaves no session',
    async (attack, code) => {
      // After the cooldown for unknown key ids, so that no attack depends on an earlier one.
      scene.lti.clock.advance(60_000);
      const { status, body } = await launch(attack);
      expect(JSON.parse(body)).toMatchObject({ code });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    },
  );

  it('huge-token is refused by its size, before anything is read of it', async () => {
    expect(await launch('huge-token')).toMatchObject({ status: 413 });
  });

  it('does not keep the right launch of the same minute out', async () => {
    expect(await launch()).toMatchObject({ status: 200 });
  });

  it.each<[string, Partial<Parameters<typeof platform.startLaunch>[0]>]>([
    ['missing-deep-linking-settings', { messageType: 'LtiDeepLinkingRequest' }],
    ['missing-for-user', { messageType: 'LtiSubmissionReviewRequest' }],
  ])('%s is refused where the message is of that kind', async (attack, input) => {
    const initiation = scene.begin(platform, tool, { ...input, attack: attack as LaunchAttackName });
    const { body } = await scene.browser().launch(initiation);
    expect(JSON.parse(body)).toMatchObject({ code: 'claim_missing' });
  });

  it('by a launch that is posted again is refused in every browser', async () => {
    const browser = scene.browser();
    const { url, fields } = await browser.authorize(scene.begin(platform, tool));
    const cookie = browser.cookiesFor(url).join('; ');
    expect(await browser.post(url, fields)).toMatchObject({ status: 200 });
    // The cookie is gone from that browser; an attacker may have kept it.
    const response = await fetch(url, {
      method: 'POST',
      headers: { cookie },
      body: formBody(fields),
    });
    expect(await response.json()).toMatchObject({ code: 'state_replayed' });
  });

  it('by a launch that is posted again five minutes later is refused, though old nonces were cleared away', async () => {
    const browser = scene.browser();
    const { url, fields } = await browser.authorize(scene.begin(platform, tool));
    const cookie = browser.cookiesFor(url).join('; ');
    expect(await browser.post(url, fields)).toMatchObject({ status: 200 });
    scene.lti.clock.advance(5 * 60_000);
    await scene.lti.app.get(UsedNonceRepository, { strict: false }).purge(scene.lti.clock.now());
    const response = await fetch(url, { method: 'POST', headers: { cookie }, body: formBody(fields) });
    expect(await response.json()).toMatchObject({ code: 'state_replayed' });
  });

  it('by the same launch posted twenty times at once succeeds once', async () => {
    const browser = scene.browser();
    const { url, fields } = await browser.authorize(scene.begin(platform, tool));
    const cookie = browser.cookiesFor(url).join('; ');
    const post = () =>
      fetch(url, {
        method: 'POST',
        headers: { cookie },
        body: formBody(fields),
      });
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await post()).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('by a launch that was begun in another browser is refused: login CSRF', async () => {
    const { url, fields } = await scene.browser().authorize(scene.begin(platform, tool));
    const { status, body } = await scene.browser().post(url, fields);
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 403, code: 'state_foreign' });
  });

  it("by a launch of the attacker's own, with the secret that he was given, is refused from his page", async () => {
    const attacker = scene.browser();
    const { url, fields } = await attacker.authorize(scene.begin(platform, tool));
    const [cookie = ''] = attacker.cookiesFor(url);
    const secret = cookie.slice(cookie.indexOf('=') + 1);
    const post = async (headers: Record<string, string>) => {
      const body = formBody([...fields, ['lti_storage_value', secret]]);
      const response = await fetch(url, { method: 'POST', headers, body });
      return response.status;
    };
    expect(await post({})).toBe(403);
    expect(await post({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post({ origin: 'null', 'sec-fetch-site': 'same-site' })).toBe(403);
    // The form that the proof page posts.
    expect(await post({ origin: new URL(url).origin })).toBe(200);
  });

  it('by the nonce of a launch that is over is refused as reused', async () => {
    const browser = scene.browser();
    const first = await browser.authorize(scene.begin(platform, tool));
    await browser.post(first.url, first.fields);
    const used = JSON.parse(
      Buffer.from(new Map(first.fields).get('id_token')!.split('.')[1]!, 'base64url').toString(),
    );
    platform.tamperNextLaunch({ claims: (claims) => ({ ...claims, nonce: used.nonce }) });
    const { body } = await browser.launch(scene.begin(platform, tool));
    expect(JSON.parse(body)).toMatchObject({ code: 'nonce_reused' });
  });

  it('by a token of the same platform for another client_id is refused', async () => {
    const other = await scene.register(platform);
    const { fields } = await scene.browser().authorize(scene.begin(platform, other));
    const browser = scene.browser();
    const own = await browser.authorize(scene.begin(platform, tool));
    const mixed = own.fields.map(([name, value]): [string, string] => [
      name,
      name === 'id_token' ? new Map(fields).get('id_token')! : value,
    ]);
    expect(JSON.parse((await browser.post(own.url, mixed)).body)).toMatchObject({
      code: 'id_token_audience',
    });
  });

  it('by a token of another platform, with its own good signature, is refused', async () => {
    const elsewhere = await scene.platform();
    const there = await scene.register(elsewhere);
    const { fields } = await scene.browser().authorize(scene.begin(elsewhere, there));
    const browser = scene.browser();
    const own = await browser.authorize(scene.begin(platform, tool));
    const mixed = own.fields.map(([name, value]): [string, string] => [
      name,
      name === 'id_token' ? new Map(fields).get('id_token')! : value,
    ]);
    const { code } = JSON.parse((await browser.post(own.url, mixed)).body);
    expect(['id_token_kid_unknown', 'id_token_signature']).toContain(code);
  });

  it('by a state that is older than ten minutes is refused', async () => {
    const browser = scene.browser();
    const { url, fields } = await browser.authorize(scene.begin(platform, tool));
    scene.lti.clock.advance(10 * 60_000 + 1000);
    expect(JSON.parse((await browser.post(url, fields)).body)).toMatchObject({ code: 'state_expired' });
  });

  it.each([['markup-in-claims'], ['markup-in-error']] as const)(
    'by %s puts no markup into a page',
    async (attack) => {
      const browser = scene.browser();
      const { url, fields } = await browser.authorize(scene.begin(platform, tool, { attack }));
      const response = await fetch(url, {
        method: 'POST',
        headers: { cookie: browser.cookiesFor(url).join('; '), accept: 'text/html' },
        body: formBody(fields),
      });
      const html = await response.text();
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(html).not.toMatch(/<script>|<img/i);
      expect(html).toContain('&lt;');
    },
  );

  it('by fifty launches with unknown kids costs the platform three fetches of its key set at most', async () => {
    await launch();
    scene.lti.clock.advance(60_000);
    const before = platform.counts.platformKeyFetches;
    const forms = [];
    for (let count = 0; count < 50; count += 1) {
      const browser = scene.browser();
      const initiation = scene.begin(platform, tool, { attack: 'kid-unknown' });
      forms.push({ browser, form: await browser.authorize(initiation) });
    }
    const answers = await Promise.all(forms.map(({ browser, form }) => browser.post(form.url, form.fields)));
    const codes = new Set(answers.map(({ body }) => JSON.parse(body).code));
    expect([...codes]).toEqual(['id_token_kid_unknown']);
    const fetches = platform.counts.platformKeyFetches - before;
    expect([1, 2, 3]).toContain(fetches);
  });
});
