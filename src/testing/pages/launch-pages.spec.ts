import { FakeClock } from '../fake-clock.js';
import { autoSubmittedForm } from '../browser/form-reading.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('the launch pages', () => {
  let lms: SimulatedPlatform;

  async function start(family: 'generic' | 'canvas' | 'moodle'): Promise<void> {
    lms = await SimulatedPlatform.start({ family, clock: new FakeClock() });
    lms.addTool({
      clientId: '<tool>',
      jwks: { keys: [] },
      launch: { loginUrl: 'http://tool.example/login?x=1', redirectUris: ['http://tool.example/launch'] },
      lti11: { consumerKey: 'key', secret: 'secret', launchUrl: 'http://tool.example/launch11' },
    });
    lms.addCourse({ contextId: 'biology', title: '<b>Biology</b>', members: 30 });
  }
  afterEach(() => lms.stop());

  async function page(path: string) {
    const response = await fetch(lms.url + path);
    const body = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    return {
      status: response.status,
      body,
      policy,
      form: autoSubmittedForm({ status: response.status, url: response.url, headers: {}, body }),
    };
  }
  const launchOf = (more: Record<string, string>) =>
    new URLSearchParams({ client_id: '<tool>', context_id: 'biology', ...more }).toString();

  it('start at the front page, and offer users, links, messages and attacks', async () => {
    await start('generic');
    const front = await page('/');
    const [, href = ''] = /href="(\/_launch[^"]*)"/.exec(front.body) ?? [];
    const { body } = await page(href);
    expect(body).toContain('<strong>&lt;b&gt;Biology&lt;/b&gt;</strong>');
    expect(body).toContain('<option value="user-00020">');
    expect(body).not.toContain('<option value="user-00021">');
    for (const value of ['', 'link-biology', 'LtiDeepLinkingRequest', 'alg-none', '1.1', 'off']) {
      expect(body).toContain(`<option value="${value}">`);
    }
  });

  it('name the links that a tool made by deep linking by their titles', async () => {
    await start('canvas');
    const course = lms.course('biology');
    course.resourceLinkIds.push('link-7');
    course.resourceLinks.push({
      id: 'link-7',
      url: 'http://tool.example/launch',
      title: 'Quiz <7>',
      custom: {},
    });
    const { body } = await page('/_launch?client_id=%3Ctool%3E');
    expect(body).toContain('<option value="link-7">Quiz &lt;7&gt; (link-7)</option>');
  });

  it('lead to a page on which a teacher copies a course with its links', async () => {
    await start('canvas');
    expect((await page('/_course?context_id=biology')).body).toContain(
      '<a href="/_copy?context_id=biology">',
    );
    expect((await page('/_copy')).body).toContain(
      '<option value="biology">&lt;b&gt;Biology&lt;/b&gt;</option>',
    );
    const copy = (form: Record<string, string>) =>
      fetch(`${lms.url}/_copy`, { method: 'POST', body: new URLSearchParams(form) });
    const copied = await copy({ from: 'biology', title: 'Next term' });
    expect([copied.status, await copied.text()]).toEqual([
      200,
      expect.stringContaining('Next term (course-2) is a copy of &lt;b&gt;Biology&lt;/b&gt; (biology).'),
    ]);
    expect(lms.course('course-2')).toMatchObject({ title: 'Next term', originContextIds: ['biology'] });
    expect(lms.course('course-2').members).toHaveLength(30);
    await copy({ from: 'biology', title: ' ' });
    expect(lms.course('course-3').title).toBe('<b>Biology</b>, copy');
    const unknown = await copy({ from: 'chemistry' });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining('chemistry')]);
  });

  it('allow no script but their own', async () => {
    await start('generic');
    for (const path of [
      '/_launch?client_id=%3Ctool%3E',
      `/_launch/frame?${launchOf({})}`,
      `/_launch/window?${launchOf({})}`,
    ]) {
      const { status, body, policy } = await page(path);
      const [, nonce = ''] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
      expect([status, nonce]).toEqual([200, expect.stringMatching(/^[\w+/=]{24}$/)]);
      expect(policy).toContain("default-src 'none'");
      expect(body.match(/<(script|style)\b/g)).toHaveLength(body.split(` nonce="${nonce}"`).length - 1);
      expect(body).not.toContain('<b>');
    }
  });

  it('send the login initiation, with the query of the login URL, into a frame', async () => {
    await start('generic');
    const { body, form } = await page(`/_launch/frame?${launchOf({ user_id: 'user-00002' })}`);
    expect(form).toMatchObject({
      method: 'get',
      action: 'http://tool.example/login?x=1',
      fields: expect.arrayContaining([
        ['x', '1'],
        ['login_hint', 'user-00002'],
        ['lti_storage_target', '_parent'],
      ]),
    });
    expect(body).toContain('<iframe name="tool"');
    expect(body).toContain('lti.put_data');
  });

  it('have a storage frame where the family has one', async () => {
    await start('canvas');
    expect((await page(`/_launch/frame?${launchOf({})}`)).body).toContain(
      '<iframe name="post_message_forwarding" src="/_launch/storage"',
    );
    expect((await page('/_launch/storage')).body).toContain('const keepsData = true');
  });

  it.each([
    ['moodle', {}],
    ['generic', { storage: 'off' }],
  ] as const)('offer no storage in the %s family with %j', async (family, more) => {
    await start(family);
    const { body, form } = await page(`/_launch/frame?${launchOf(more)}`);
    expect(form?.fields.map(([name]) => name)).not.toContain('lti_storage_target');
    expect(body).not.toContain('lti.put_data');
  });

  it('also launch by LTI 1.1', async () => {
    await start('moodle');
    const { form } = await page(`/_launch/window?${launchOf({ version: '1.1', user_id: '2' })}`);
    expect(form).toMatchObject({ method: 'post', action: 'http://tool.example/launch11' });
    expect(Object.fromEntries(form!.fields as [string, string][])).toMatchObject({
      user_id: '2',
      oauth_signature: expect.any(String),
    });
  });

  it.each([
    ['/_launch?client_id=nobody', 404],
    ['/_launch/frame?client_id=%3Ctool%3E', 400],
    [`/_launch/window?client_id=%3Ctool%3E&context_id=none`, 404],
    ['/_launch/elsewhere', 404],
  ])('name the fault of %s', async (path, status) => {
    await start('generic');
    expect((await page(path)).status).toBe(status);
  });
});
