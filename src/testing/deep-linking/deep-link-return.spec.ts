import { decodeJwt, exportJWK, generateKeyPair, type GenerateKeyPairResult, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { claimNames } from '../launch/claim-names.js';
import { type LaunchInput } from '../launch/launch-input.schema.js';
import { SimulatedPlatform } from '../simulated-platform.js';

type Settings = Record<string, unknown>;
interface Changes {
  claims?: Settings;
  header?: { alg?: string; kid?: string };
  items?: unknown[];
}

const link = { type: 'ltiResourceLink', title: 'Quiz', url: 'https://tool.example.edu/quiz' };
const graded = { ...link, lineItem: { scoreMaximum: 10, resourceId: 'quiz-7', tag: 'exam' } };
const file = { type: 'file', url: 'https://tool.example.edu/a.zip', mediaType: 'application/zip' };

describe('the return URL of deep linking at the simulated platform', () => {
  const clock = new FakeClock();
  let keys: GenerateKeyPairResult;
  let foreign: GenerateKeyPairResult;
  let lms: SimulatedPlatform;

  beforeAll(async () => {
    keys = await generateKeyPair('RS256');
    foreign = await generateKeyPair('RS256');
  });
  afterEach(() => lms.stop());

  async function start(family: FamilyName = 'generic'): Promise<void> {
    lms = await SimulatedPlatform.start({ family, clock, keyAlgorithm: 'ES256' });
    const jwk = { ...(await exportJWK(keys.publicKey)), kty: 'RSA', kid: 'key-1', alg: 'RS256', use: 'sig' };
    lms.addTool({
      clientId: 'tool-1',
      jwks: { keys: [jwk] },
      launch: { loginUrl: 'http://tool.example/login', redirectUris: ['http://tool.example/launch'] },
    });
    lms.addCourse({ contextId: 'biology', members: 3 });
  }

  /** The settings of a request that reached the tool. */
  async function requested(deepLinkingSettings: Settings = {}, input: LaunchInput = {}): Promise<Settings> {
    const messageType = 'LtiDeepLinkingRequest';
    const { parameters } = lms.startLaunch({ messageType, deepLinkingSettings, ...input });
    const query = new URLSearchParams({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: 'tool-1',
      redirect_uri: 'http://tool.example/launch',
      login_hint: parameters.login_hint ?? '',
      lti_message_hint: parameters.lti_message_hint ?? '',
      nonce: 'n',
      state: 's',
    });
    const page = await (await fetch(`${lms.authorizationUrl}?${query.toString()}`)).text();
    const [, token = ''] = /name="id_token" value="([^"]+)"/.exec(page) ?? [];
    return decodeJwt(token)[claimNames.deepLinking] as Settings;
  }

  function sign(settings: Settings, { claims, header, items = [link] }: Changes = {}): Promise<string> {
    const now = Math.floor(clock.nowMs() / 1000);
    const all = {
      iss: 'tool-1',
      aud: lms.issuer,
      iat: now,
      exp: now + 300,
      nonce: randomUUID(),
      [claimNames.messageType]: 'LtiDeepLinkingResponse',
      [claimNames.version]: '1.3.0',
      [claimNames.deploymentId]: '1',
      [claimNames.contentItems]: items,
      ...('data' in settings ? { [claimNames.deepLinkingData]: settings.data } : {}),
      ...claims,
    };
    // A member that is undefined is left out.
    const payload = JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
    const { alg = 'RS256', kid = 'key-1' } = header ?? {};
    const signer = new SignJWT(payload).setProtectedHeader(kid === '' ? { alg } : { alg, kid });
    return signer.sign(alg === 'HS256' ? Buffer.alloc(32) : keys.privateKey);
  }

  const post = (settings: Settings, fields: Record<string, string> | [string, string][], url?: string) =>
    fetch(url ?? (settings.deep_link_return_url as string), {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
  const reasons = () => Object.keys(lms.counts.rejected);

  it('makes a resource link with its line item, which can be launched with its custom values', async () => {
    await start();
    const settings = await requested();
    const item = { ...graded, custom: { quiz: '7', who: '$Context.id' } };
    const page = await post(settings, { JWT: await sign(settings, { items: [item] }) });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Added to the course')]);
    const course = lms.course('biology');
    const [made] = course.resourceLinks;
    expect(course.contentItems).toEqual([item]);
    expect(made).toMatchObject({ title: 'Quiz', url: link.url, custom: item.custom });
    expect(lms.gradebook('biology')).toEqual([
      expect.objectContaining({
        label: 'Quiz',
        scoreMaximum: 10,
        resourceId: 'quiz-7',
        tag: 'exam',
        resourceLinkId: made?.id,
        url: made?.lineItemUrl,
        coupled: true,
      }),
    ]);
    const { parameters } = lms.startLaunch({ resourceLinkId: made?.id });
    expect(parameters.target_link_uri).toBe(link.url);
    expect(lms.counts).toMatchObject({ deepLinkResponses: 1, contentItemsAccepted: 1, rejected: {} });
  });

  it('takes no items as a cancel and shows the messages of the tool as text', async () => {
    await start();
    const settings = await requested();
    const claims = {
      [claimNames.contentItems]: undefined,
      [claimNames.deepLinkingMessage]: '<b>Nothing picked</b>',
    };
    const page = await post(settings, { JWT: await sign(settings, { claims }) });
    expect(await page.text()).toContain('<p>&lt;b&gt;Nothing picked&lt;/b&gt;</p>');
    expect(lms.course('biology').contentItems).toEqual([]);
  });

  it.each([
    ['wrong_issuer', { iss: 'tool-2' }],
    ['wrong_audience', { aud: 'https://other.example.edu' }],
    ['wrong_audience', { aud: ['https://lms.example.edu'] }],
    ['issued_in_future', { iat: 4_000_000_000 }],
    ['expired', { exp: 1 }],
    ['missing_claim', { exp: undefined }],
    ['missing_claim', { nonce: undefined }],
    ['wrong_message_type', { [claimNames.messageType]: 'LtiDeepLinkingRequest' }],
    ['wrong_version', { [claimNames.version]: '1.1' }],
    ['wrong_deployment', { [claimNames.deploymentId]: '2' }],
    ['wrong_data', { [claimNames.deepLinkingData]: undefined }],
    ['wrong_data', { [claimNames.deepLinkingData]: 'something else' }],
    ['null_member', { [claimNames.deepLinkingMessage]: null }],
  ])('refuses a claim that breaks a rule: %s, %j', async (reason, claims) => {
    await start();
    const settings = await requested();
    const page = await post(settings, { JWT: await sign(settings, { claims }) });
    expect([page.status, reasons()]).toEqual([400, [reason]]);
    expect(lms.course('biology').contentItems).toEqual([]);
  });

  it.each(['text', '', 7, 0, false, { csrf: ['a', null] }])(
    'takes data back only as it was sent: %j',
    async (data) => {
      await start('moodle');
      const settings = await requested({ data });
      const changed = { [claimNames.deepLinkingData]: JSON.stringify(data) + ' ' };
      expect((await post(settings, { JWT: await sign(settings, { claims: changed }) })).status).toBe(404);
      expect((await post(settings, { JWT: await sign(settings) })).status).toBe(200);
      const without = await requested();
      const claims = { [claimNames.deepLinkingData]: data };
      expect((await post(without, { JWT: await sign(without, { claims }) })).status).toBe(404);
      expect(lms.counts.rejected).toEqual({ wrong_data: 2 });
    },
  );

  it.each([
    ['type_not_accepted', { accept_types: ['link'] }, [link]],
    ['multiple_not_accepted', { accept_multiple: false }, [link, link]],
    ['multiple_not_accepted', { accept_multiple: 'false' }, [link, link]],
    ['line_item_not_accepted', { accept_lineitem: false }, [graded]],
    ['target_not_accepted', { accept_presentation_document_targets: ['window'] }, [{ ...link, iframe: {} }]],
    ['media_type_not_accepted', { accept_media_types: 'image/*' }, [file]],
    ['bad_content_item', {}, [{ ...link, url: undefined }]],
    ['bad_content_item', {}, [{ ...link, url: '/quiz' }]],
    ['bad_content_item', {}, [{ ...link, custom: { quiz: 7 } }]],
    ['bad_content_item', {}, [{ ...link, lineItem: { label: 'Quiz' } }]],
    ['bad_content_item', {}, [{ type: 'quiz' }]],
    ['null_member', {}, [{ ...link, custom: { quiz: null } }]],
  ])('refuses items that break a rule of the settings: %s, %j', async (reason, sent, items) => {
    await start();
    const settings = await requested(sent);
    const page = await post(settings, { JWT: await sign(settings, { items }) });
    expect([page.status, reasons()]).toEqual([400, [reason]]);
    expect(lms.counts.contentItemsAccepted).toBe(0);
  });

  it('verifies the signature with the key set of the tool', async () => {
    await start();
    const settings = await requested();
    const other = new SignJWT(decodeJwt(await sign(settings))).setProtectedHeader({
      alg: 'RS256',
      kid: 'key-1',
    });
    const jwts = [
      await other.sign(foreign.privateKey),
      await sign(settings, { header: { kid: 'key-2' } }),
      await sign(settings, { header: { kid: '' } }),
      await sign(settings, { header: { alg: 'HS256' } }),
      'not.a.jwt',
    ];
    for (const JWT of jwts) expect((await post(settings, { JWT })).status).toBe(400);
    expect(reasons()).toEqual([
      'bad_signature',
      'unknown_key',
      'missing_key_id',
      'wrong_algorithm',
      'malformed_assertion',
    ]);
  });

  it('takes a form with one JWT at the URL of the request, and each nonce once', async () => {
    await start();
    const settings = await requested();
    const url = settings.deep_link_return_url as string;
    const JWT = await sign(settings);
    await fetch(url);
    await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ JWT }),
      headers: { 'content-type': 'text/plain' },
    });
    await post(settings, {});
    await post(settings, [
      ['JWT', JWT],
      ['JWT', JWT],
    ]);
    await post(settings, { JWT }, new URL('?launch=unknown', url).href);
    await post(settings, { JWT }, `${url}&x=1`);
    expect((await post(settings, { JWT })).status).toBe(200);
    expect((await post(settings, { JWT })).status).toBe(400);
    expect(reasons()).toEqual([
      'wrong_method',
      'wrong_content_type',
      'missing_parameter',
      'repeated_parameter',
      'unknown_launch',
      'altered_return_url',
      'used_nonce',
    ]);
    expect(lms.counts.contentItemsAccepted).toBe(1);
  });

  it('takes at a placement of Canvas what that placement takes, and ignores line items elsewhere', async () => {
    await start('canvas');
    const settings = await requested({}, { placement: 'editor_button' });
    expect(settings).toMatchObject({
      accept_types: ['link', 'file', 'html', 'ltiResourceLink', 'image'],
      deep_link_return_url: expect.stringContaining('?placement=editor_button&data='),
    });
    expect(settings).not.toHaveProperty('accept_lineitem');
    expect((await post(settings, { JWT: await sign(settings, { items: [graded] }) })).status).toBe(200);
    expect(lms.course('biology').resourceLinks).toEqual([
      expect.objectContaining({ title: 'Quiz', lineItemUrl: undefined }),
    ]);
    expect(lms.gradebook('biology')).toEqual([]);

    const modules = await requested();
    expect(modules.accept_types).toEqual(['ltiResourceLink']);
    expect((await post(modules, { JWT: await sign(modules, { items: [file] }) })).status).toBe(400);
    expect((await post(modules, { JWT: await sign(modules, { items: [graded] }) })).status).toBe(200);
    expect(lms.gradebook('biology')).toEqual([expect.objectContaining({ resourceId: 'quiz-7' })]);

    const assignment = await requested({}, { placement: 'assignment_selection' });
    expect((await post(assignment, { JWT: await sign(assignment, { items: [link, link] }) })).status).toBe(
      400,
    );
    expect(reasons()).toEqual(['type_not_accepted', 'multiple_not_accepted']);
    await expect(requested({}, { placement: 'course_navigation' })).rejects.toMatchObject({
      code: 'unknown_simulated_placement',
    });
  });

  it.each([
    ['a web link alone', [{ type: 'link', url: 'https://tool.example.edu/a' }]],
    ['a cancel', []],
  ])('stores at Sakai a link that cannot be launched for %s', async (_, items) => {
    await start('sakai');
    const settings = await requested();
    expect((await post(settings, { JWT: await sign(settings, { items }) })).status).toBe(200);
    expect(lms.course('biology').resourceLinks).toEqual([{ id: '/blti/null', url: '' }]);
    expect(() => lms.startLaunch({ resourceLinkId: '/blti/null' })).toThrow('/blti/null');
  });

  it('answers refusals as the family does: JSON at Canvas, a page at Moodle', async () => {
    await start('canvas');
    const settings = await requested();
    const answer = await post(settings, { JWT: 'x' });
    expect([answer.status, await answer.json()]).toEqual([400, { errors: expect.any(Object) }]);
    await lms.stop();
    await start('moodle');
    const page = await post(await requested(), { JWT: 'x' });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });
});
