import { type Locator, type Page } from 'playwright-core';
import { BrowserGrantScene } from '../support/browser-grant-scene.js';
import { useChromium } from '../support/chromium.js';

const REFUSED = 'The tool was not authorized';

describe('a tool that calls the API of the platform as its user, in Chromium', () => {
  // Before the browser's data is cleared.
  afterEach(() => {
    expect(chromium().console.filter((line) => /Content Security Policy|Uncaught/.test(line))).toEqual([]);
  });
  const chromium = useChromium();
  let scene: BrowserGrantScene;
  beforeAll(async () => (scene = await BrowserGrantScene.start(chromium)));
  afterAll(() => scene.stop());

  const untilSaid = (tool: Locator, text: string): Promise<void> =>
    tool.locator('output', { hasText: new RegExp(`^${text}$`) }).waitFor();

  async function expectProfile(tool: Locator, name: string): Promise<void> {
    await tool.getByRole('button', { name: 'Show my profile' }).click();
    await untilSaid(tool, `You are ${name}\\.`);
  }

  /** The click that closes a window may find it gone before the click is over. */
  async function untilClosed(page: Page, click: Promise<void>): Promise<void> {
    const closed = page.waitForEvent('close');
    await Promise.all([closed, click.catch(() => closed)]);
  }

  /** The window of a successful consent closes when the tool has been notified. */
  async function consent(tool: Locator, userId: string): Promise<void> {
    const page = await scene.toConsent(tool);
    await untilClosed(page, scene.consentAs(page, userId));
    await untilSaid(tool, 'Heard of nest-lti.user-grant authorized');
  }

  /** The error page closes by its button. */
  async function expectRefused(page: Page, code: string, words: RegExp): Promise<void> {
    await page.getByRole('heading', { name: REFUSED }).waitFor();
    expect(await page.locator('main').innerText()).toMatch(words);
    expect(await page.locator('code').innerText()).toBe(code);
    const button = page.getByRole('button', { name: 'Close this window' });
    await untilClosed(page, button.click());
  }

  it('asks once, then has a grant at each launch until the user logs out', async () => {
    const { userId, name } = scene.member(0);
    const tool = await scene.launch(userId);
    await untilSaid(tool, 'Launched: authorizationRequired no_grant');
    await consent(tool, userId);
    await expectProfile(tool, name);

    const second = await scene.launch(userId);
    await untilSaid(second, 'Launched: ready');
    expect(await second.getByRole('link').count()).toBe(0);
    await expectProfile(second, name);
    expect(await (await scene.profile(userId)).tokens.count()).toBe(1);

    await second.getByRole('button', { name: 'Log out' }).click();
    await untilSaid(second, 'You are logged out\\.');
    const { page, tokens } = await scene.profile(userId);
    await page.getByText('There are none.').waitFor();
    expect(await tokens.count()).toBe(0);
    await untilSaid(await scene.launch(userId), 'Launched: authorizationRequired no_grant');
  });

  it('refuses the consent of another user, and keeps no token of that user', async () => {
    const { userId } = scene.member(1);
    const other = scene.member(2);
    const { userTokensIssued: before } = scene.platform.counts;
    const tool = await scene.launch(userId);
    const page = await scene.toConsent(tool);
    await scene.consentAs(page, other.userId);
    await expectRefused(page, 'user_grant_wrong_user', /a user who is not the one who opened it/);
    await untilSaid(tool, 'Heard of nest-lti.user-grant failed user_grant_wrong_user');
    expect(scene.platform.counts.userTokensIssued).toBe(before + 1);
    await (await scene.profile(other.userId)).page.getByText('There are none.').waitFor();
    expect([await scene.grantsOf(userId), await scene.grantsOf(other.userId)]).toEqual([[], []]);
    await untilSaid(await scene.launch(userId), 'Launched: authorizationRequired no_grant');
  });

  it('is notified of a user who cancels, and can be authorized later', async () => {
    const { userId, name } = scene.member(3);
    const tool = await scene.launch(userId);
    const page = await scene.toConsent(tool);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expectRefused(page, 'user_grant_denied', /was not authorized at the platform/);
    await untilSaid(tool, 'Heard of nest-lti.user-grant failed user_grant_denied');
    await consent(tool, userId);
    await expectProfile(tool, name);
  });

  it('finds out during use that the user has deleted its token, and gets the link to authorize again', async () => {
    const { userId, name } = scene.member(4);
    const tool = await scene.launch(userId);
    await consent(tool, userId);
    await expectProfile(tool, name);

    const profile = await scene.profile(userId);
    await profile.tokens.click();
    await profile.page.getByText('There are none.').waitFor();
    await tool.getByRole('button', { name: 'Show my profile' }).click();
    await untilSaid(tool, '403 user_authorization_required refused_by_platform');
    await consent(tool, userId);
    await expectProfile(tool, name);
    expect(await scene.grantsOf(userId)).toMatchObject([{ status: 'active' }]);
  });

  it('can open the link in its frame, which asks for a window', async () => {
    const { userId } = scene.member(5);
    const tool = await scene.launch(userId);
    await tool.getByRole('link', { name: 'Authorize here' }).click();
    await tool.getByRole('heading', { name: 'The tool needs your permission' }).waitFor();
    const page = await scene.toConsent(tool, 'Continue in a new window');
    await untilClosed(page, scene.consentAs(page, userId));
    await tool.getByRole('heading', { name: 'The tool is authorized' }).waitFor();
    await untilSaid(await scene.launch(userId), 'Launched: ready');
  });
});
