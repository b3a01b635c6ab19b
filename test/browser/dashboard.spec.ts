import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { type Page, type Route } from 'playwright-core';
import request from 'supertest';
import { useChromium } from '../support/chromium.js';
import {
  DashboardScene,
  MARKUP,
  READ_KEY_NAME,
  REFUSING_SCHOOL,
  signIn,
  UNKNOWN_USER,
  violationsOf,
} from '../support/dashboard-scene.js';
import { registrationBody } from '../support/registration-body.js';
import { sql } from '../support/sql.js';
import { STANDALONE_API_KEY } from '../support/standalone-service.js';

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };
/** For a page: its requests that have no answer yet. */
const COUNT_REQUESTS = `
  window.unanswered = 0;
  const ask = window.fetch;
  window.fetch = (...input) => {
    window.unanswered += 1;
    return ask(...input).finally(() => { window.unanswered -= 1; });
  };`;
/** In such a page: waits until it has nothing to wait for, over ten frames, because names are asked for after the frame that needs them. */
const ALL_IS_THERE = `new Promise((resolve) => {
  let frames = 0;
  const look = () => {
    const isThere = window.unanswered === 0 && document.querySelector('.loading') === null;
    frames = isThere ? frames + 1 : 0;
    if (frames === 10) resolve();
    else requestAnimationFrame(look);
  };
  look();
})`;
/** To look at: each page, light, dark and on a phone. */
const SCREENSHOTS = process.env.DASHBOARD_SCREENSHOTS;

describe('the dashboard in Chromium', () => {
  const chromium = useChromium();
  let scene: DashboardScene;
  let countedId: string;
  beforeAll(async () => {
    scene = await DashboardScene.start();
    countedId = await scene.countSome();
  });
  afterAll(() => scene.stop());

  const faults = (): string[] =>
    chromium().console.filter((text) =>
      /Content Security Policy|TrustedHTML|Refused to|Uncaught/i.test(text),
    );

  const open = async (path = '', apiKey = STANDALONE_API_KEY): Promise<Page> => {
    const page = await chromium().open(scene.at(path));
    await signIn(page, apiKey);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    return page;
  };

  const heading = (page: Page, name: string | RegExp): Promise<void> =>
    page.getByRole('heading', { level: 1, name }).waitFor();

  /** The answer to a request that a script in the page makes, with the page's cookie. */
  const requestFrom = (page: Page, method: string, path: string, headers: object = {}): Promise<number> =>
    page.evaluate<number>(
      `fetch(${JSON.stringify(path)}, ${JSON.stringify({ method, headers })}).then(({ status }) => status)`,
    );

  it('asks for an API key, refuses a wrong one, and shows the page whose address was opened', async () => {
    const page = await chromium().open(scene.at(`courses/${scene.courseId}`));
    await signIn(page, 'nlti_not-a-key');
    await page.getByText('The API key is unknown or was revoked.').waitFor();
    await signIn(page);
    await heading(page, MARKUP);
  });

  it('keeps the session where scripts cannot read it, over a reload and until the sign-out', async () => {
    const page = await open('courses');
    expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual([
      '',
      0,
      0,
    ]);
    await page.reload();
    await heading(page, 'Courses');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in to nest-lti');
    // The service has ended it, too: the old cookie opens nothing.
    await request(scene.service.url)
      .get('/api/v1/courses')
      .set('Cookie', `${cookie!.name}=${cookie!.value}`)
      .expect(401);
  });

  it('offers no change to a key with scope read, and refuses those that its session asks for by hand', async () => {
    const page = await open(`registrations/${scene.registrationId}`, scene.readKey);
    await page.getByText('Read only').waitFor();
    await page.getByText(READ_KEY_NAME).waitFor();
    await page.getByText('Authorization URL').waitFor();
    expect(await page.locator('main button').allTextContents()).toEqual([]);
    const byHand = { 'X-Requested-With': 'a script' };
    const { paths } = (await (await fetch(`${scene.service.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const changes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v1/') && path !== '/api/v1/session')
      .flatMap(([path, methods]) =>
        Object.keys(methods)
          .filter((method) => method !== 'get' && method !== 'head')
          .map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, scene.courseId)] as const),
      );
    expect(changes.length).toBeGreaterThan(50);
    for (const [method, path] of changes)
      expect([method, path, await requestFrom(page, method, path, byHand)]).toEqual([method, path, 403]);
    expect(await requestFrom(page, 'GET', `/api/v1/courses/${scene.courseId}`)).toBe(200);
  });

  it('changes nothing for a request that another site could cause', async () => {
    const page = await open();
    expect(await requestFrom(page, 'POST', '/api/v1/syncs')).toBe(403);
    expect(await requestFrom(page, 'DELETE', '/api/v1/session')).toBe(403);
    const [cookie] = await page.context().cookies();
    const post = () =>
      request(scene.service.url)
        .post('/api/v1/tool-keys/rotate')
        .set({ Cookie: `${cookie!.name}=${cookie!.value}`, 'X-Requested-With': 'x' });
    await post().set('Origin', 'https://evil.example').expect(403);
    await post().expect(403);
    await post().set({ Origin: scene.service.url, 'Sec-Fetch-Site': 'same-site' }).expect(403);
  });

  it('works behind a proxy with a password of its own, which a browser sends beside the cookie', async () => {
    const page = await open();
    const [cookie] = await page.context().cookies();
    const get = (authorization: string) =>
      request(scene.service.url)
        .get('/api/v1/courses')
        .set({ Cookie: `${cookie!.name}=${cookie!.value}`, Authorization: authorization });
    await get(`Basic ${Buffer.from('operator:password').toString('base64')}`).expect(200);
    // A program that sends a key means the key.
    await get('Bearer nlti_not-a-key').expect(401);
  });

  it('is clean for axe on every page, light, dark and on a phone, breaks no rule of its policy, and shows markup as text', async () => {
    const webhook = await scene.api('post', 'webhooks', { url: `${scene.lms.issuer}/receiver` });
    const paths = {
      overview: '',
      registrations: 'registrations',
      registration: `registrations/${scene.registrationId}`,
      'new-registration': 'registrations/new?platform=canvas',
      guide: 'registrations/guide?platform=moodle',
      invitations: 'registrations/invitations',
      courses: 'courses',
      course: `courses/${scene.courseId}`,
      'sync-runs': 'sync-runs',
      scores: 'scores',
      'tool-keys': 'tool-keys',
      'sync-run': `sync-runs/${scene.suspiciousRunId}`,
      tokens: 'access-tokens',
      'user-grants': 'user-grants',
      webhooks: 'webhooks',
      webhook: `webhooks/${webhook.id}`,
      'api-keys': 'api-keys',
      settings: 'settings',
      user: `registrations/${scene.registrationId}/users/${UNKNOWN_USER}`,
    };
    const page = await chromium().open(scene.at());
    await page.getByLabel('API key').waitFor();
    await look(page, 'sign-in');
    await signIn(page);
    await heading(page, 'Overview');
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(scene.at(path));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await look(page, name);
    }
    expect(faults()).toEqual([]);
    expect(await page.title()).not.toBe('ran');
  }, 180_000);

  /** Light and dark, wide and narrow. */
  async function look(page: Page, name: string): Promise<void> {
    for (const [colorScheme, viewport] of [
      ['light', DESKTOP],
      ['dark', DESKTOP],
      ['light', PHONE],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const size = viewport === PHONE ? 'phone' : colorScheme;
      if (SCREENSHOTS !== undefined)
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size}.png`), fullPage: true });
      expect([name, size, await violationsOf(page)]).toEqual([name, size, []]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([name, size, Number(overflow) <= 0]).toEqual([name, size, true]);
    }
  }

  it('lists on the overview what needs a person, each with its reason and the next step', async () => {
    const page = await open();
    const findings = page.getByRole('listitem');
    const expectFinding = async (title: RegExp, reason: RegExp, step: string): Promise<void> => {
      const finding = findings.filter({ hasText: title });
      await finding.filter({ hasText: reason }).getByRole('link', { name: step }).waitFor();
    };
    await expectFinding(
      /Shelbyville gives the tool no access token/,
      /invalid_client/,
      'Check the registration',
    );
    await expectFinding(
      /Grades of Shelbyville are not sent/,
      /invalid_client/,
      'Check the registration, then resume',
    );
    await expectFinding(
      new RegExp(`rejected the grade of user ${UNKNOWN_USER}`),
      /The platform/,
      'Retry or cancel it',
    );
    await expectFinding(
      /Biology: so many members are missing/,
      /10 of 12/,
      'Confirm the removal, or repair the roster at the platform',
    );
    await findings
      .first()
      .getByRole('link', { name: /Check the registration/ })
      .click();
    await heading(page, REFUSING_SCHOOL);
  });

  it('says on the page of a course that its grades are not sent, and why', async () => {
    const page = await open('scores');
    await page.getByRole('table', { name: 'Scores' }).getByRole('link', { name: 'Physics' }).click();
    await heading(page, 'Physics');
    const part = page.getByRole('region', { name: 'Its grades are not sent' });
    await part.getByText(/invalid_client/).waitFor();
    await part.getByRole('link', { name: 'Check the registration, then resume' }).click();
    await heading(page, REFUSING_SCHOOL);
    await page.getByText(/At the next try one score is sent/).waitFor();
  });

  it('says on the page of a course that it is not known whether its grades are sent', async () => {
    const page = await open();
    const suspensions = /\/api\/v1\/suspensions/;
    await page.route(suspensions, (route) =>
      route.fulfill({ status: 503, json: { detail: 'The database is not available.', code: 'unavailable' } }),
    );
    await page.goto(scene.at(`courses/${scene.courseId}`));
    const part = page.getByRole('region', { name: 'Whether its grades are sent' });
    await part.getByText('The database is not available.').waitFor();
    await page.unroute(suspensions);
    await part.getByRole('button', { name: 'Try again' }).click();
    await part.waitFor({ state: 'detached' });
  });

  it('leads from the overview to the reason why the grades of a school do not arrive, and delivers them when it is mended', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Check the registration, then resume' }).click();
    await heading(page, REFUSING_SCHOOL);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Access token' })
      .getByText('failed', { exact: true })
      .waitFor();
    scene.mendRefusingSchool();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Access token' })
      .getByText('passed', { exact: true })
      .waitFor();
    await page.getByRole('button', { name: 'Resume all' }).click();
    const filter = `registrationId=${scene.refusingRegistrationId}`;
    await scene.untilScores(filter, ({ status }) => status === 'posted');
    await page.goto(scene.at(`scores?${filter}`));
    await page.getByRole('row').filter({ hasText: 'posted' }).waitFor();
    await page.getByText('Nothing is suspended: scores are sent as they come.').waitFor();
  });

  it('shows why a platform rejected a grade, sends it again, and cancels it', async () => {
    const page = await open('scores?status=rejected');
    const row = page.getByRole('row').filter({ hasText: UNKNOWN_USER });
    await row.getByText(/The platform/).waitFor();
    await row.getByRole('button', { name: 'Retry' }).click();
    await scene.untilScores('status=rejected', ({ attempts }) => attempts > 1);
    await page.reload();
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('There is no such score.').waitFor();
    await page.getByLabel('Status').selectOption('cancelled');
    await row.getByText('cancelled').waitFor();
  });

  it('saves more grades than one file takes in several files, and says so', async () => {
    await sql(
      scene.service.database.url,
      `INSERT INTO nest_lti.outbox_score (id, registration_id, course_id, line_item_id, line_item_key, origin, user_id,
         fingerprint, score, status, due_at, created_at, settled_at)
       SELECT gen_random_uuid(), registration_id, course_id, line_item_id, line_item_key, origin, 'user-' || n, fingerprint,
         score, 'superseded', due_at, created_at, created_at
       FROM (SELECT * FROM nest_lti.outbox_score LIMIT 1) one, generate_series(1, 20001) n`,
    );
    const page = await open('scores?status=superseded');
    const save = async (button: string): Promise<string> => {
      const [file] = await Promise.all([
        // A file is the answers to 40 requests.
        page.waitForEvent('download', { timeout: 60_000 }),
        page.getByRole('button', { name: button }).click(),
      ]);
      return file.suggestedFilename();
    };
    expect(await save('Save as CSV')).toBe('scores.csv');
    await page.getByText('Saved 20000 scores, and there are more: save the next file, too.').waitFor();
    expect(await save('Save file 2')).toBe('scores-2.csv');
    await page.getByText('Saved 1 scores.').waitFor();
  }, 120_000);

  it('confirms a suspicious removal on the page of its run', async () => {
    const page = await open(`sync-runs/${scene.suspiciousRunId}`);
    await page.getByText(/10 of 12/).waitFor();
    await page.getByRole('button', { name: 'Sync and remove the missing members' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Sync and remove the missing members' })
      .click();
    await page.getByText(/0 added, 0 changed, 10 removed/).waitFor();
  });

  it('finds a course, shows its roster and its gradebook, and syncs it', async () => {
    const page = await open('courses');
    const search = page.getByRole('searchbox');
    await search.fill('no such course');
    await search.press('Enter');
    await page.getByText('No course has a title that begins with').waitFor();
    await search.fill(MARKUP.slice(0, 9).toUpperCase());
    await search.press('Enter');
    await page.getByRole('link', { name: MARKUP, exact: true }).click();
    await page.getByRole('cell', { name: 'Grace Hopper' }).waitFor();
    await page.getByLabel('Role').selectOption('Instructor');
    await page.getByRole('cell', { name: 'Grace Hopper' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /Show the results/ }).click();
    await page.getByText('The last sync of grades found no result of this line item.').waitFor();
    // The filter is in the address, so it stays over a sync.
    await page.getByLabel('Role').selectOption('');
    await page.getByRole('cell', { name: 'Grace Hopper' }).waitFor();
    scene.lms.course('course-1').addMember({ name: 'Katherine Johnson' });
    // A run that ends before the page has loaded the course again has no progress to show.
    scene.lms.faults.add({ kind: 'latency', ms: 1500, on: 'memberships' });
    const stream = page.waitForRequest(/\/sync-runs\/[\w-]+\/events$/);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await stream;
    await page.getByText(/1 added, 0 changed, 0 removed/).waitFor();
    await page.getByRole('cell', { name: 'Katherine Johnson' }).waitFor();
  });

  it('checks a registration, and says what each step has found', async () => {
    const page = await open(`registrations/${scene.registrationId}`);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText("This tool's keys").waitFor();
    expect(await page.getByText('Checked', { exact: false }).count()).toBeGreaterThan(0);
  });

  it('adds a registration by hand, with the faults of the form at its fields', async () => {
    const page = await open('registrations');
    await page.getByRole('link', { name: 'Add by hand' }).click();
    await page.getByLabel('Platform').selectOption('canvas');
    const values = {
      Name: 'Shelbyville',
      Issuer: 'https://canvas.example.edu/with space',
      'Client id': '10000000000001',
      'Authorization URL': 'https://canvas.example.edu/api/lti/authorize_redirect',
      'Token URL': 'https://canvas.example.edu/login/oauth2/token',
      'Key set URL': 'https://canvas.example.edu/api/lti/security/jwks',
    };
    for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
    await page.getByRole('button', { name: 'Add the registration' }).click();
    await page.getByText(/must be exactly the URL that the platform sends/).waitFor();
    await page.getByLabel('Issuer').fill('https://canvas.example.edu');
    await page.getByRole('button', { name: 'Add the registration' }).click();
    await heading(page, 'Shelbyville');
    await page.getByText('There is no deployment, so every launch is refused.').waitFor();
  });

  it('invites a platform by a URL that is shown once', async () => {
    const page = await open('registrations/invitations');
    await page.getByLabel('Name').fill('Ogdenville');
    await page.getByRole('button', { name: 'Create the URL' }).click();
    await page.getByText(/\/lti\/register\?/).waitFor();
    await page
      .getByRole('row', { name: /Ogdenville not used yet/ })
      .getByRole('button')
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /Ogdenville revoked/ }).waitFor();
  });

  it('edits a registration, adds a deployment, counts what a move would change, and deletes it', async () => {
    const { id } = await scene.api('post', 'registrations', registrationBody({ name: 'Capital City' }));
    const page = await open(`registrations/${id}`);
    await page.getByLabel('Deployment id').fill('7');
    await page.getByRole('button', { name: 'Add the deployment' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: '7' })
      .getByRole('button', { name: 'Remove' })
      .waitFor();
    await page.getByText('Edit the settings').click();
    await page.getByLabel('Scopes').fill('not"a scope');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await page.getByText('must be a scope without spaces or quotes').first().waitFor();
    await page.getByLabel('Scopes').fill('https://purl.imsglobal.org/spec/lti-ags/scope/score');
    await page.getByLabel('Name', { exact: true }).fill('Capital');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await heading(page, 'Capital');
    await page.getByText(/Saved\. Check the registration now/).waitFor();
    await page.getByText('Move to another address').click();
    await page.getByLabel('Old address').fill('https://old.example.edu');
    await page.getByLabel('New address').fill('https://new.example.edu');
    await page.getByRole('button', { name: 'Count the URLs' }).click();
    await page.getByText(/To move: 0 courses/).waitFor();
    await page.getByRole('button', { name: 'Delete the registration' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the registration' }).click();
    await heading(page, 'Registrations');
    await page.getByRole('link', { name: REFUSING_SCHOOL }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Capital' }).count()).toBe(0);
  });

  it('edits the end points of a course, archives it, and deletes it', async () => {
    const { registrationId } = scene;
    const { id } = await scene.api('post', 'courses', {
      ...{ registrationId, deploymentId: '1', contextId: 'old-course', title: 'Latin' },
      membershipsUrl: `${scene.lms.issuer}/old/members`,
    });
    const page = await open(`courses/${id}`);
    await page.getByText('The platform names no course that this one was copied from.').waitFor();
    await page.getByText('Edit the title and the end points').click();
    await page.getByLabel('Title').fill('Latin II');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await heading(page, 'Latin II');
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
    await page.getByText('It is archived, because it has ended.').waitFor();
    await page.getByRole('button', { name: 'Take out of the archive' }).click();
    await page.getByText(/The next one is/).waitFor();
    await page.getByRole('button', { name: 'Delete the course' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the course' }).click();
    await heading(page, 'Courses');
    await page.getByRole('link', { name: 'Biology' }).waitFor();
    expect(await page.getByRole('link', { name: 'Latin II' }).count()).toBe(0);
  });

  it('shows how long each token lasts, never the token, and forgets one', async () => {
    await scene.api('post', `registrations/${scene.registrationId}/check`);
    const page = await open('access-tokens');
    const row = page.getByRole('row').filter({ hasText: 'Springfield' });
    await row.getByText('fresh').waitFor();
    await row.getByRole('meter', { name: 'Time left' }).waitFor();
    await row.getByRole('button', { name: 'Invalidate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Invalidate' }).click();
    await row.getByText('fresh').waitFor({ state: 'detached' });
  });

  it('adds a webhook whose secret is shown once, sends a test, pauses it, and deletes it', async () => {
    const page = await open('webhooks');
    await page.getByLabel('URL').fill(`${scene.lms.issuer}/no/receiver`);
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('link', { name: /no\/receiver/ }).click();
    await heading(page, 'Webhook');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText(/404/).first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused').waitFor();
    expect(await page.getByText(/whsec_/).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await heading(page, 'Webhooks');
    await page.locator('.loading').waitFor({ state: 'detached' });
    expect(await page.getByRole('link', { name: /no\/receiver/ }).count()).toBe(0);
  });

  it('creates an API key that is shown once, and revokes it', async () => {
    const page = await open('api-keys');
    await page.getByLabel('Name').fill('a report');
    await page.getByRole('button', { name: 'Create the key' }).click();
    await page.getByText(/This is the key a report/).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'a report' });
    await row.getByText('valid').waitFor();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.getByText('revoked').waitFor();
  });

  it('shows what is stored about a person, and erases it', async () => {
    const { userId } = scene.lms.course('course-1').addMember({ name: 'Emmy Noether' });
    const page = await open(`courses/${scene.courseId}`);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByRole('cell', { name: 'Emmy Noether' }).waitFor();
    await page.getByRole('link', { name: userId, exact: true }).click();
    await heading(page, `User ${userId}`);
    await page
      .getByText(/fields of the record/)
      .first()
      .click();
    await page.getByText('Emmy Noether').waitFor();
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
    await page.getByText(/The platform still lists the user in 1 courses/).waitFor();
    await page.getByText('Nothing is stored about this user of the platform.').waitFor();
  });

  it('draws what happened over time, says it in words and as a table, and ranks the platforms', async () => {
    const page = await open(`registrations/${countedId}`);
    const syncs = page.getByRole('figure').filter({ hasText: 'Syncs' });
    await syncs.getByText('Completed: 100').waitFor();
    await syncs.locator('canvas').waitFor();
    await syncs.getByText('As a table').click();
    const table = syncs.getByRole('table', { name: 'Syncs' });
    await table.getByRole('cell', { name: '4', exact: true }).first().waitFor();
    expect(await table.getByRole('row').count()).toBe(26);
    await page
      .getByRole('figure')
      .filter({ hasText: 'Pauses that platforms asked for' })
      .getByText('No platform asked for a pause in this time.')
      .waitFor();
    await page.getByLabel('Time', { exact: true }).selectOption('month');
    await page.waitForURL(/range=month/);
    await page.getByRole('figure').filter({ hasText: 'Launches' }).locator('canvas').waitFor();
    await page.goto(scene.at());
    await page.getByLabel('Order').selectOption('meanRequestMs');
    await page.waitForURL(/by=meanRequestMs/);
    const row = page
      .getByRole('table', { name: 'Platforms' })
      .getByRole('row')
      .filter({ hasText: 'Ogdenville High' });
    await row.getByText('120 ms').first().waitFor();
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 2, name: 'Over time' }).waitFor();
    await page.getByRole('figure').filter({ hasText: 'Latency' }).getByText('Mean: 120 ms').waitFor();
    expect(faults()).toEqual([]);
  });

  it('shows the options in force, with the variable of each, and no secret', async () => {
    const page = await open('settings', scene.readKey);
    const every = page.getByRole('row').filter({ hasText: 'courseSync.every' });
    await every.getByText('SYNC_EVERY').waitFor();
    await every.getByText('15m').waitFor();
    await every.getByText('the default').waitFor();
    const url = page.getByRole('row').filter({ hasText: 'database.url' });
    const { username, host } = new URL(scene.service.database.url);
    await url.getByText(host).waitFor();
    expect(await url.textContent()).not.toContain(`${username}@`);
    await page.getByRole('row').filter({ hasText: 'adminApiKey' }).getByText('set, not shown').waitFor();
    expect(await page.content()).not.toContain(STANDALONE_API_KEY);
  });

  it('lists on the overview what is old or incomplete: deployments, scopes, webhooks, the signing key', async () => {
    await scene.makeOlder();
    const page = await open();
    const findings = page.getByRole('listitem');
    for (const [title, reason, step] of [
      [/North Haverbrook has deployments to confirm/, /Launches came from 77/, /Confirm them/],
      [/Brockway has no deployment/, /Every launch is refused/, 'Add the deployment id'],
      [/Brockway refuses scopes/, /lti-ags.scope.score/, 'Check the registration'],
      [/The webhook .* gets no events/, /410/, /Repair the receiver/],
      [/signing key is more than a year old/, /leak unseen/, 'Rotate the signing key'],
    ] as const)
      await findings
        .filter({ hasText: title })
        .filter({ hasText: reason })
        .getByRole('link', { name: step })
        .waitFor();
    await findings
      .filter({ hasText: 'North Haverbrook' })
      .getByRole('link', { name: /Confirm them/ })
      .click();
    const deployment = page.getByRole('listitem').filter({ hasText: '77' });
    await deployment.getByRole('button', { name: 'Confirm' }).click();
    await deployment.getByRole('button', { name: 'Remove' }).waitFor();
  });

  it('moves the stored URLs of a platform to its new address', async () => {
    const { registrationId } = scene;
    const { id } = await scene.api('post', 'courses', {
      ...{ registrationId, deploymentId: '1', contextId: 'moved-course', title: 'Geography' },
      membershipsUrl: `${scene.lms.issuer}/moved/members`,
    });
    const page = await open(`registrations/${registrationId}`);
    await page.getByText('Move to another address').click();
    await page.getByLabel('Old address').fill(`${scene.lms.issuer}/moved`);
    await page.getByLabel('New address').fill(`${scene.lms.issuer}/new`);
    await page.getByRole('button', { name: 'Count the URLs' }).click();
    await page.getByText(/To move: 1 courses/).waitFor();
    await page.getByRole('button', { name: /^Move to http/ }).click();
    await page.getByText(/Moved: 1 courses/).waitFor();
    const { membershipsUrl } = await scene.api('get', `courses/${id}`);
    expect(membershipsUrl).toBe(`${scene.lms.issuer}/new/members`);
  });

  it('syncs the course of a failed run again', async () => {
    const runId = await scene.failRun();
    const page = await open(`sync-runs/${runId}`);
    const retry = page.waitForRequest((one) => one.url().endsWith(`/sync-runs/${runId}/retry`));
    await page.getByRole('button', { name: 'Sync again' }).click();
    await retry;
    await page.waitForURL((url) => !url.pathname.endsWith(runId));
    await page.getByText('completed').waitFor();
  });

  it('filters a roster by role and state, in the address of the page', async () => {
    const page = await open(`courses/${scene.courseId}?role=Instructor`);
    const roster = page.getByRole('table', { name: 'Members' });
    await roster.getByRole('cell', { name: /Ada/ }).waitFor();
    expect(await roster.getByRole('cell', { name: 'Grace Hopper' }).count()).toBe(0);
    await page.getByLabel('Status').selectOption('Inactive');
    await page.waitForURL(/role=Instructor&member=Inactive/);
    await page.getByText('No such member is stored.').waitFor();
  });

  it('keeps the page, its focus and its height while the answer to another filter is awaited', async () => {
    const page = await open();
    await page.setViewportSize({ width: 1280, height: 500 });
    await page.addInitScript(COUNT_REQUESTS);
    let held: Route[] | undefined;
    await page.route(/\/api\/v1\//, async (route) => {
      if (held === undefined) await route.continue();
      else held.push(route);
    });
    const height = 'document.documentElement.scrollHeight';
    for (const [path, label, option] of [
      ['scores', 'Status', 'rejected'],
      ['sync-runs', 'Status', 'suspicious'],
      [`courses/${scene.courseId}`, 'Role', 'Instructor'],
      [`registrations/${countedId}`, 'Time', 'week'],
      ['', 'Order', 'failedSyncs'],
    ] as const) {
      await page.goto(scene.at(path));
      const choice = page.getByLabel(label, { exact: true });
      await choice.waitFor();
      // What came later would change the height, too.
      await page.evaluate(ALL_IS_THERE);
      await page.evaluate(`document.querySelector('h1').isOld = true`);
      await choice.focus();
      const before = await page.evaluate(`[scrollY, ${height}]`);
      held = [];
      await choice.selectOption(option);
      await page.locator('[aria-busy=true]').first().waitFor();
      expect([path, await page.evaluate(`[scrollY, ${height}]`)]).toEqual([path, before]);
      const awaited: Route[] = held;
      held = undefined;
      await Promise.all(awaited.map((route) => route.continue()));
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      const kept = await page.evaluate(
        `[document.querySelector('h1').isOld, document.activeElement.localName]`,
      );
      expect([path, kept]).toEqual([path, [true, 'select']]);
    }
  }, 60_000);

  it('says that no user has authorized the tool, and revokes the grant of one that has', async () => {
    const page = await open('user-grants');
    await page.getByText('No user has authorized the tool.').waitFor();
    await page.getByLabel('Status').selectOption('revoked');
    await page.getByText('There is no such grant.').waitFor();
    await scene.grant('user-7');
    await page.getByLabel('Status').selectOption('');
    const row = page.getByRole('row').filter({ hasText: 'user-7' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No user has authorized the tool.').waitFor();
    expect(await scene.api('get', 'user-grants')).toMatchObject({ items: [] });
  });

  it('has a page for an address that it does not know, and a link back to the overview', async () => {
    const page = await open('no/such/page');
    await heading(page, 'There is no such page');
    await page.getByRole('link', { name: 'The overview' }).click();
    await heading(page, 'Overview');
    expect(new URL(page.url()).pathname).toBe('/dashboard');
  });

  it('loads less than 150 kB at first, and its files are kept by the browser for a year', async () => {
    const html = (await request(scene.service.url).get('/dashboard').expect(200)).text;
    const files = [...html.matchAll(/assets\/[\w.-]+/g)].map(([path]) => path);
    expect(files).toHaveLength(2);
    let bytes = gzipSync(html).length;
    for (const file of files) {
      const answer = await fetch(scene.at(file), { headers: { 'Accept-Encoding': 'gzip' } });
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      bytes += Number(answer.headers.get('content-length'));
    }
    expect(bytes).toBeLessThan(150_000);
  });
});
