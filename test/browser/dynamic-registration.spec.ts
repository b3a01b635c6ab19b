import { type FrameLocator, type Page } from 'playwright-core';
import { freePort } from '../../src/demo/free-port.js';
import { type RegistrationRequestHook } from '../../src/index.js';
import { SimulatedPlatform, type SimulatedPlatformOptions } from '../../src/testing/index.js';
import { COOKIELESS_HOST, useChromium } from '../support/chromium.js';
import { LtiTestApp } from '../support/lti-app.js';

const asItIs: RegistrationRequestHook = (request) => request;

describe('a dynamic registration in Chromium, third-party cookies being blocked', () => {
  const chromium = useChromium();
  const platforms: SimulatedPlatform[] = [];
  let lti: LtiTestApp;
  let hook = asItIs;

  beforeAll(async () => {
    lti = await LtiTestApp.start({
      publicUrl: `http://${COOKIELESS_HOST}:${await freePort(0)}`,
      dynamicRegistration: {
        toolName: 'Quizzes <b>',
        request: (request, platform) => hook(request, platform),
      },
    });
  });
  afterEach(() => {
    hook = asItIs;
  });
  afterAll(async () => {
    for (const platform of platforms) await platform.stop();
    await lti.stop();
  });

  const start = async (options: SimulatedPlatformOptions): Promise<SimulatedPlatform> => {
    const platform = await SimulatedPlatform.start({ ownIssuer: true, ...options, clock: lti.clock });
    platforms.push(platform);
    return platform;
  };

  /** The page of the platform after its administrator has pasted the registration URL of an invitation. */
  const paste = async (platform: SimulatedPlatform): Promise<Page> => {
    const { body } = await lti
      .api('post', '/api/v1/registration-invitations', { name: 'Campus' })
      .expect(201);
    const page = await chromium().open(`${platform.url}/_register`);
    await page.getByLabel('Registration URL of the tool').fill(body.registrationUrl as string);
    await page.getByRole('button', { name: 'Register' }).click();
    return page;
  };
  const inFrame = (page: Page): FrameLocator => page.frameLocator('iframe[name=tool]');
  const clientIdsAt = async ({ issuer }: SimulatedPlatform): Promise<string[]> => {
    const { body } = await lti.api('get', '/api/v1/registrations?limit=500').expect(200);
    const all = body.items as { issuer: string; clientId: string }[];
    return all.filter((each) => each.issuer === issuer).map(({ clientId }) => clientId);
  };
  const expectNoViolations = (): void =>
    expect(chromium().console.filter((line) => /Content Security Policy|Uncaught/.test(line))).toEqual([]);

  it.each(['canvas', 'moodle', 'sakai'] as const)(
    'of %s in a frame takes one click, and the frame closes by a message to the platform',
    async (family) => {
      const lms = await start({ family });
      const page = await paste(lms);
      await inFrame(page).getByRole('heading', { name: 'Register Quizzes <b>' }).waitFor();
      expect(await inFrame(page).locator('main').innerText()).toContain('read the members of courses');
      await inFrame(page).getByRole('button', { name: 'Register' }).click();
      await page.getByText('The tool has ended its registration.').waitFor();
      expect(await page.locator('iframe').count()).toBe(0);
      expect(await clientIdsAt(lms)).toEqual([lms.tools[0]!.clientId]);
      expectNoViolations();
    },
  );

  it('is confirmed once: while the platform is asked, a second click does nothing', async () => {
    const lms = await start({ family: 'moodle' });
    const page = await paste(lms);
    const button = inFrame(page).getByRole('button', { name: 'Register' });
    await button.waitFor();
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const asked = new Promise<void>((resolve) => {
      hook = async (request) => {
        resolve();
        await answered;
        return request;
      };
    });
    await button.click();
    await asked;
    await button.dispatchEvent('click');
    expect(await button.isDisabled()).toBe(true);
    answer();
    await page.getByText('The tool has ended its registration.').waitFor();
    expect(await clientIdsAt(lms)).toEqual([lms.tools[0]!.clientId]);
  });

  it('of Brightspace in a tab without an opener ends with a page that says what to do next', async () => {
    const lms = await start({ family: 'brightspace' });
    const page = await paste(lms);
    const link = page.getByRole('link', { name: 'Open the tool in a new tab' });
    const tab = await chromium().opened(() => link.click());
    expect(await tab.evaluate('window.opener')).toBeNull();
    await tab.getByRole('button', { name: 'Register' }).click();
    await tab.getByRole('heading', { name: 'The tool is registered' }).waitFor();
    const text = await tab.locator('main').innerText();
    expect(text).toContain('enable it under Manage Extensibility');
    expect(text).toContain('You can close this window.');
    expect(text).toContain(lms.tools[0]!.clientId);
    expect(await clientIdsAt(lms)).toEqual([lms.tools[0]!.clientId]);
    expectNoViolations();
  });

  it('that Moodle refuses in plain text has a page with its words and the advice, and leads to the guide', async () => {
    const lms = await start({ family: 'moodle' });
    const page = await paste(lms);
    const frame = inFrame(page);
    await frame.locator('input[name=registration_token]').evaluate((field) => {
      field.setAttribute('value', 'not-a-token');
    });
    await frame.getByRole('button', { name: 'Register' }).click();
    await frame.getByRole('heading', { name: 'The tool could not be registered' }).waitFor();
    const text = await frame.locator('main').innerText();
    expect(text).toMatch(
      /status 401: Wrong number of segments[\s\S]*start the registration in the platform again/,
    );
    expect(text).toContain('registration_refused, 502');
    expect(text).not.toContain('not-a-token');
    await frame.getByRole('link', { name: 'How to register the tool by hand' }).click();
    await frame.getByRole('link', { name: 'Moodle' }).click();
    await frame.getByRole('heading', { name: 'Register Quizzes <b> in Moodle' }).waitFor();
    expect(await clientIdsAt(lms)).toEqual([]);
    expectNoViolations();
  });

  it('that Canvas refuses with 422 has a page that names what it wants', async () => {
    const lms = await start({ family: 'canvas' });
    hook = (request) => {
      const [, tool] =
        Object.entries(request).find(([name]) => name.endsWith('/lti-tool-configuration')) ?? [];
      for (const message of (tool as { messages: { placements?: string[] }[] }).messages)
        delete message.placements;
      return request;
    };
    const page = await paste(lms);
    await inFrame(page).getByRole('button', { name: 'Register' }).click();
    const main = inFrame(page).locator('main');
    await inFrame(page).getByRole('heading', { name: 'The tool could not be registered' }).waitFor();
    expect(await main.innerText()).toMatch(/status 422: .*has no placements[\s\S]*wants other placements/);
    expect(await clientIdsAt(lms)).toEqual([]);
    // The platform keeps its frame.
    expect(await page.locator('iframe').count()).toBe(1);
    expectNoViolations();
  });

  it('with an invitation that was used has a page that says whom to ask', async () => {
    const lms = await start({ family: 'moodle' });
    const { body } = await lti
      .api('post', '/api/v1/registration-invitations', { name: 'Campus' })
      .expect(201);
    await lti.api('delete', `/api/v1/registration-invitations/${body.id}`).expect(204);
    const page = await chromium().open(
      `${lms.url}/_register?${new URLSearchParams({ url: body.registrationUrl as string }).toString()}`,
    );
    await inFrame(page).getByText('Ask the operator of the tool for a new registration URL').waitFor();
    expect(await clientIdsAt(lms)).toEqual([]);
    expectNoViolations();
  });
});
