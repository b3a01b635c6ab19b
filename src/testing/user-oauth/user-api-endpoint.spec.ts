import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';
const scopes = ['url:GET|/api/v1/courses', 'url:GET|/api/v1/users/:user_id/profile'];

describe('UserApiEndpoint', () => {
  let tool: UserOAuthTool;
  let accessToken: unknown;

  beforeEach(async () => {
    tool = await UserOAuthTool.start();
    accessToken = (await tool.tokensOf(user)).body.access_token;
  });
  afterEach(() => tool.lms.stop());

  it('identifies the user by a number that is not the id of LTI', async () => {
    const { status, headers, body } = await tool.call(accessToken, '/users/self/profile');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: tool.lms.userOAuth.idOf(user), lti_user_id: user });
    expect(headers.get('x-rate-limit-remaining')).toBeNull();
    tool.lms.userOAuth.rateLimitRemaining = 12.5;
    expect((await tool.call(accessToken, '/courses')).headers.get('x-rate-limit-remaining')).toBe('12.5');
  });

  it('lists courses in pages of ten, with opaque links that do not show the last page', async () => {
    for (let course = 2; course <= 23; course += 1) tool.lms.addCourse({ members: 3 });
    tool.lms.addCourse({ members: 1 });
    const sizes: number[] = [];
    let next: string | undefined = '/courses?enrollment_state=active';
    while (next !== undefined) {
      const { body, headers } = await tool.call(accessToken, next);
      sizes.push((body as unknown as unknown[]).length);
      const link: string = headers.get('link') ?? '';
      expect(link).not.toContain('rel="last"');
      next = /<([^>]*)>; rel="next"/.exec(link)?.[1];
      if (next !== undefined)
        expect(next).toMatch(/enrollment_state=active&page=bookmark%3A[\w-]+&per_page=10/);
    }
    expect(sizes).toEqual([10, 10, 3]);
    const all = await tool.call(accessToken, '/courses?per_page=100');
    expect(all.body).toHaveLength(23);
    expect((await tool.call(accessToken, '/courses?page=2')).status).toBe(400);
  });

  it('returns links to another host or in a circle on demand', async () => {
    tool.lms.faults.add({ kind: 'foreign-next', on: 'user-api' });
    expect((await tool.call(accessToken, '/courses')).headers.get('link')).toContain(
      '<https://elsewhere.example/api/v1/courses>; rel="next"',
    );
    tool.lms.faults.add({ kind: 'loop', on: 'user-api' });
    expect((await tool.call(accessToken, '/courses')).headers.get('link')).toContain(
      `<${tool.lms.url}/api/v1/courses>; rel="next"`,
    );
  });

  it('creates notes as the user, who can change and delete only those', async () => {
    const title = (text: string) => ({ body: new URLSearchParams({ title: text }) });
    const note = await tool.call(accessToken, '/planner_notes', { method: 'POST', ...title('Read ü') });
    expect(note.status).toBe(201);
    const path = `/planner_notes/${Number(note.body.id)}`;
    const { body: other } = await tool.tokensOf('user-00003');
    expect((await tool.call(other.access_token, path, { method: 'DELETE' })).status).toBe(404);
    await tool.call(accessToken, path, { method: 'PUT', ...title('Read more') });
    expect(tool.lms.userOAuth.notesOf(user)).toEqual(['Read more']);
    expect((await tool.call(accessToken, '/planner_notes')).headers.get('link')).toContain('rel="last"');
    await tool.call(accessToken, path, { method: 'DELETE' });
    expect(tool.lms.userOAuth.notesOf(user)).toEqual([]);
    expect((await tool.call(accessToken, '/planner_notes', { method: 'POST' })).status).toBe(400);
  });

  it('reports an expired token by WWW-Authenticate, and a call that is not allowed without it', async () => {
    const challenge = async (token: unknown) => {
      const { status, headers } = await tool.call(token, '/courses');
      return [status, headers.get('www-authenticate')];
    };
    const dead = [401, 'Bearer realm="canvas-lms"'];
    expect(await challenge('1~unknown')).toEqual(dead);
    tool.lms.faults.add({ kind: 'no-permission' });
    expect(await challenge(accessToken)).toEqual([401, null]);
    expect(await challenge(accessToken)).toEqual([200, null]);
    tool.clock.advance(3_600_000);
    expect(await challenge(accessToken)).toEqual(dead);
  });

  it('expires a token on demand', async () => {
    tool.lms.faults.add({ kind: 'unauthorized', on: 'user-api', expireToken: true });
    const statuses = [];
    for (let time = 0; time < 2; time += 1) {
      const { status, headers } = await tool.call(accessToken, '/courses');
      statuses.push([status, headers.has('www-authenticate')]);
    }
    expect(statuses).toEqual([
      [401, true],
      [401, true],
    ]);
  });

  it('throttles on demand, with 429 or with a text', async () => {
    tool.lms.faults.add({ kind: 'throttle', on: 'user-api' });
    tool.lms.faults.add({ kind: 'throttle', on: 'user-api', as: '403-text', after: 1 });
    expect((await tool.call(accessToken, '/courses')).status).toBe(429);
    const older = await tool.call(accessToken, '/courses');
    expect([older.status, older.body.text]).toEqual([403, expect.stringContaining('Rate Limit Exceeded')]);
  });

  it.each([
    { style: 'canvas', granted: [scopes[0]!], status: 401 },
    { style: 'rotating', granted: ['enrollment:own_enrollment:read'], status: 403 },
  ] as const)('enforces scopes if the $style client has some', async ({ style, granted, status }) => {
    await tool.lms.stop();
    tool = await UserOAuthTool.start({ style, scopes: [...granted, ...scopes] });
    tool.lms.userOAuth.consentAs(user);
    expect((await tool.authorize()).get('error')).toBe('invalid_scope');
    expect((await tool.authorize({ scope: 'url:GET|/api/v1/accounts' })).get('error')).toBe('invalid_scope');
    const code = (await tool.authorize({ scope: granted.join(' ') })).get('code') ?? '';
    const { body } = await tool.exchange(code);
    expect((await tool.call(body.access_token, '/courses')).status).toBe(200);
    const refused = await tool.call(body.access_token, '/users/self/profile');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([status, null]);
  });
});
