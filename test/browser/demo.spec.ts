import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type FrameLocator, type Page } from 'playwright-core';
import { useChromium } from '../support/chromium.js';
import { violationsOf } from '../support/dashboard-scene.js';

const DEMO = resolve(__dirname, '../../dist/src/demo/demo.main.js');
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };
/** To look at: each page, wide and light, narrow and dark. */
const SCREENSHOTS = process.env.DEMO_SCREENSHOTS;
const MARKUP = '<img src=x onerror="document.title=`ran`"><b>Biology</b>';

describe('the guided demo in Chromium', () => {
  const chromium = useChromium();
  const output: string[] = [];
  let demo: ChildProcess;
  let guideUrl: string;

  beforeAll(async () => {
    demo = spawn(process.execPath, [DEMO, '--guide'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = createInterface({ input: demo.stderr! });
    guideUrl = await new Promise((found, failed) => {
      demo.once('exit', () => failed(new Error(output.join('\n'))));
      lines.on('line', (line) => {
        output.push(line);
        const [, url] = /Open this page: (\S+)/.exec(line) ?? [];
        if (url !== undefined) found(url);
      });
    });
  }, 60_000);
  afterAll(async () => {
    const ended = once(demo, 'exit');
    demo.kill('SIGTERM');
    await ended;
  });

  const expectNoFaults = (): void =>
    expect(
      chromium().console.filter((text) =>
        /Content Security Policy|TrustedHTML|Refused to|Uncaught/i.test(text),
      ),
    ).toEqual([]);
  const lmsOf = (page: Page): FrameLocator => page.frameLocator('#lms');
  const toolOf = (page: Page): FrameLocator => lmsOf(page).frameLocator('iframe[name=tool]');
  const click = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();

  /** Light and dark, wide and narrow. */
  async function look(page: Page, name: string): Promise<void> {
    for (const [colorScheme, viewport] of [
      ['light', DESKTOP],
      ['dark', PHONE],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const size = viewport === PHONE ? 'phone' : colorScheme;
      if (SCREENSHOTS !== undefined)
        await page.screenshot({ path: join(SCREENSHOTS, `demo-${name}-${size}.png`), fullPage: true });
      expect([name, colorScheme, await violationsOf(page)]).toEqual([name, colorScheme, []]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([name, viewport.width, Number(overflow) <= 0]).toEqual([name, viewport.width, true]);
    }
  }

  it('leads by clicks from the registration to a token that heals, with the LMS and the dashboard beside each other, and says each step in the terminal', async () => {
    const page = await chromium().open(guideUrl);
    await page.setViewportSize(DESKTOP);
    const dashboard = page.frameLocator('#dashboard');
    const result = page.getByRole('status');
    await dashboard.getByRole('heading', { name: 'Overview' }).waitFor();

    await click(page, 'Start the registration');
    await toolOf(page).getByRole('button', { name: 'Register' }).click();
    await dashboard.getByRole('heading', { level: 1, name: 'Simulated LMS' }).waitFor();

    await click(page, 'Launch as a teacher');
    await toolOf(page).getByRole('heading', { name: 'The launch works' }).waitFor();
    await dashboard.getByRole('heading', { level: 1, name: 'Biology 101' }).waitFor();

    await click(page, 'Open the picker');
    await toolOf(page).getByLabel('Photosynthesis').check();
    await toolOf(page).getByRole('button', { name: 'Add to the course' }).click();
    await result.getByText('1 quiz is in the course').waitFor();
    await lmsOf(page).getByRole('link', { name: 'Photosynthesis' }).waitFor();

    await click(page, 'Sync the course');
    await result.getByText('The run is completed: 120 members').waitFor();

    await click(page, 'Grade every learner');
    await result
      .getByText('117 of 117 scores are in the gradebook. So far the LMS got 1 token request in all.')
      .waitFor();
    await lmsOf(page).getByRole('columnheader', { name: 'Photosynthesis of 10' }).waitFor();

    await click(page, 'Expire the token and grade again');
    await result.getByText(/with 1 token request, and 117 of 117 scores arrived/).waitFor();
    await page.getByRole('heading', { name: 'The story is told' }).waitFor();
    await look(page, 'guide');
    for (const title of ['Register', 'Launch', 'Pick content', 'Sync', 'Grade', 'Break the token'])
      expect(output).toContainEqual(expect.stringMatching(new RegExp(`^${title}: .+\\.$`)));
    expectNoFaults();
  }, 90_000);

  it('lets only itself show the dashboard, and only its own page begin a step', async () => {
    const page = await fetch(guideUrl);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    const dashboard = await fetch(`${guideUrl}/dashboard`);
    expect(dashboard.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
    const serviceUrl = /Dashboard +(\S+)/.exec(output.join('\n'))![1]!;
    const own = await fetch(serviceUrl);
    expect(own.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    const step = (origin: string) =>
      fetch(`${guideUrl}/steps/break`, { method: 'POST', headers: { origin } });
    expect((await step('https://evil.example')).status).toBe(403);
    // By another host name, as a page would that a name server has led here.
    const renamed = await fetch(guideUrl.replace('localhost', '127.0.0.1'), { redirect: 'manual' });
    expect([renamed.status, renamed.headers.get('set-cookie')]).toEqual([302, null]);
  });

  it('has an LMS whose pages are clean for axe, show markup as text, and break, copy and open what a person asks for', async () => {
    const lmsUrl = /LMS +(http\S+)/.exec(output.join('\n'))![1]!;
    const page = await chromium().open(lmsUrl);
    await page.getByRole('link', { name: 'Biology 101' }).click();
    await look(page, 'course');
    await page.getByRole('link', { name: 'Copy this course' }).click();
    await page.getByLabel('Title of the copy').fill(MARKUP);
    await click(page, 'Copy');
    await look(page, 'copy');
    await page.getByRole('link', { name: 'Open the copy' }).click();
    await page.getByRole('heading', { level: 1, name: MARKUP }).waitFor();
    await click(page, 'Open in a frame');
    await page.frameLocator('iframe[name=tool]').getByRole('heading', { name: 'The launch works' }).waitFor();
    await page.frameLocator('iframe[name=tool]').getByText(MARKUP).waitFor();
    await page.getByRole('link', { name: 'Back to the course' }).click();
    const window = await chromium().opened(() => click(page, 'Open in a window'));
    await window.getByRole('heading', { name: 'The launch works' }).waitFor();
    await page.getByRole('link', { name: 'More ways, and attacks' }).click();
    await look(page, 'launch');
    await page.getByRole('link', { name: 'Courses' }).click();
    await look(page, 'home');
    await page.getByRole('link', { name: 'Biology 101' }).click();
    await page.getByRole('link', { name: 'Gradebook' }).click();
    await look(page, 'gradebook');
    await page.getByRole('link', { name: 'Photosynthesis' }).click();
    await look(page, 'line item');
    await page.getByRole('link', { name: 'Users' }).click();
    await look(page, 'users');
    await page.getByRole('link', { name: 'Ana García' }).first().click();
    await look(page, 'profile');
    await page.getByRole('link', { name: 'Faults' }).click();
    await click(page, 'Delete every token');
    await page.getByText('of which 0 are valid').waitFor();
    await page.getByLabel('Fault').selectOption('unauthorized');
    await page.getByLabel('Service').selectOption('scores');
    await click(page, 'Add the fault');
    await page.getByRole('cell', { name: 'unauthorized' }).waitFor();
    await look(page, 'faults');
    await click(page, 'Remove all faults');
    await page.getByRole('cell', { name: 'unauthorized' }).waitFor({ state: 'detached' });
    await page.goto(`${lmsUrl}/_requests`);
    await look(page, 'requests');
    expectNoFaults();
    expect(await page.title()).not.toBe('ran');
  }, 90_000);
});
