import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Clock, UserGrantClientService } from 'nest-lti';
import {
  ShiftedClock,
  type SimulatedBrowser,
  type SimulatedCourse,
  SimulatedPlatform,
  startTestDatabase,
  type TestDatabase,
} from 'nest-lti/testing';
import { randomBytes } from 'node:crypto';
import { AppModule } from '../src/app.module.js';

const PUBLIC_URL = 'https://reader.example.edu';
const CALLBACK_URL = `${PUBLIC_URL}/user-grants/callback`;
const developerKey = { clientId: '10000000000007', clientSecret: 'the secret of the developer key' };

interface Answer {
  status: number;
  name?: string;
  courses?: string[];
  authorizeUrl?: string;
  reason?: string;
}

describe('a teacher and the reader', () => {
  const clock = new ShiftedClock();
  let database: TestDatabase;
  let canvas: SimulatedPlatform;
  let app: INestApplication;
  let algebra: SimulatedCourse;

  beforeAll(async () => {
    database = await startTestDatabase();
    process.env['DATABASE_URL'] = database.url;
    process.env['PUBLIC_URL'] = PUBLIC_URL;
    process.env['ENCRYPTION_KEYS'] = `test:${randomBytes(32).toString('base64')}`;
    process.env['ADMIN_API_KEY'] = randomBytes(32).toString('hex');
    canvas = await SimulatedPlatform.start({ family: 'canvas', clock });
    const testing = Test.createTestingModule({ imports: [AppModule] });
    app = (await testing.overrideProvider(Clock).useValue(clock).compile()).createNestApplication();
    await app.listen(0);

    const { id } = await canvas.connect(app, { custom: { canvas_user_id: '$Canvas.user.id' } });
    canvas.addUserOAuthClient({ ...developerKey, redirectUris: [CALLBACK_URL] });
    await app.get(UserGrantClientService, { strict: false }).put(id, { ...developerKey, apiUrl: canvas.url });

    const members = [
      { userId: 'ada', name: 'Ada Lovelace', roles: ['Instructor'] },
      { userId: 'carl', name: 'Carl Gauss', roles: ['Learner'] },
    ];
    algebra = canvas.addCourse({ title: 'Algebra', members });
    for (let n = 1; n < 12; n += 1)
      canvas.addCourse({ title: `Calculus ${n}`, members: members.slice(0, 1) });
  });
  afterAll(async () => {
    // If the set-up failed, some of these were not started.
    await app?.close();
    await canvas?.stop();
    await database?.stop();
  });

  /** Launches the reader as a user. Returns what the page's script can do. */
  async function launchAs(userId: string) {
    const browser = canvas.browser();
    const page = await browser.submit(await canvas.launch({ contextId: algebra.contextId, userId }, browser));
    const token = /data-token="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const url = await app.getUrl();
    const headers = { authorization: `Bearer ${token}` };
    const read = async (): Promise<Answer> => {
      const response = await fetch(`${url}/reader/courses`, { headers });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const logOut = async () => (await fetch(`${url}/user-grants/logout`, { method: 'POST', headers })).status;
    return { browser, read, logOut };
  }

  /** The user opens the URL, gives permission at Canvas, and is sent back. Returns the URL of the callback, which is not opened yet. */
  async function consent(browser: SimulatedBrowser, userId: string, authorizeUrl = ''): Promise<string> {
    canvas.userOAuth.consentAs(userId);
    let url = authorizeUrl;
    while (!url.startsWith(CALLBACK_URL)) {
      const { headers } = await browser.get(url);
      url = new URL(headers.location ?? '', url).href;
    }
    return url;
  }

  const tokensOf = (userId: string) => canvas.userOAuth.profile(userId).tokens;

  it('begin with a question: at the first launch the reader has no permission, and says where to give it', async () => {
    const { read } = await launchAs('ada');
    const { authorizeUrl, courses } = await read();
    expect(authorizeUrl).toContain(`${PUBLIC_URL}/user-grants/authorize`);
    expect(courses).toBeUndefined();
  });

  it('go on when she has given it: the reader shows her name and all of her courses', async () => {
    const { browser, read } = await launchAs('ada');
    const callback = await consent(browser, 'ada', (await read()).authorizeUrl);
    expect((await browser.get(callback)).body).toContain('The tool is authorized');

    const { name, courses } = await read();
    expect(name).toBe('Ada Lovelace');
    expect(courses).toHaveLength(12);
    expect(courses).toContain('Algebra');
  });

  it('do not take the answer of Canvas from another browser: its state belongs to the browser that has asked', async () => {
    const { browser, read } = await launchAs('carl');
    const callback = await consent(browser, 'carl', (await read()).authorizeUrl);
    expect(new URL(callback).searchParams.get('state')).not.toBeNull();

    const { status, body } = await canvas.browser().get(callback);
    expect([status, body]).toEqual([403, expect.stringContaining('user_grant_other_browser')]);
    expect((await read()).authorizeUrl).toBeDefined();
  });

  it('need no question at the next launch: the stored token is found', async () => {
    const { read } = await launchAs('ada');
    expect(await read()).toMatchObject({ status: 200, name: 'Ada Lovelace' });
    expect(tokensOf('ada')).toHaveLength(1);
  });

  it('need no question months later: the token has expired, and is refreshed once for three windows', async () => {
    clock.advance(90 * 24 * 3600_000);
    const { read } = await launchAs('ada');
    const answers = await Promise.all([read(), read(), read()]);
    expect(answers.map(({ name }) => name)).toEqual(Array(3).fill('Ada Lovelace'));
    expect(canvas.counts.userTokenRefreshes).toBe(1);
    expect(tokensOf('ada')).toHaveLength(1);
  });

  it('begin again when she has deleted the token in her profile at Canvas', async () => {
    const profile = canvas.userOAuth.profile('ada');
    for (const { id } of profile.tokens) profile.deleteToken(id);
    const { browser, read } = await launchAs('ada');
    const { status, reason, authorizeUrl } = await read();
    expect([status, reason]).toEqual([403, 'refused_by_platform']);

    await browser.get(await consent(browser, 'ada', authorizeUrl));
    expect(await read()).toMatchObject({ status: 200, name: 'Ada Lovelace' });
  });

  it('end when she logs out: Canvas has no token of the reader any more', async () => {
    const { read, logOut } = await launchAs('ada');
    expect(await logOut()).toBe(204);
    expect(tokensOf('ada')).toEqual([]);
    expect((await read()).authorizeUrl).toBeDefined();
  });
});
