// `npm run screenshots`: starts the demo, clicks through its story in Chromium, and writes docs/images/*.png, light and dark.
import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const directory = join(root, 'docs/images');
const MOST_BYTES = 150_000;
const SLOWEST_STEP_MS = 60_000;
const EVERY_MS = 5_000;
const GRADEBOOK_HEIGHT = 382;
const SIZE = { width: 1280, height: 800 };

/** CHROMIUM, or the first browser that is installed. */
function browserPath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const paths = (process.env.PATH ?? '').split(':').flatMap((path) => names.map((name) => join(path, name)));
  const found = process.env.CHROMIUM ?? paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error('Chromium is missing. Install it, or set CHROMIUM to its path.');
  return found;
}

/** Starts the demo. Returns its process, and the address of its page. */
async function startDemo() {
  const main = join(root, 'dist/src/demo/demo.main.js');
  const demo = spawn(process.execPath, [main, '--guide'], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: demo.stderr })) {
    const [, url] = /Open this page: (\S+)/.exec(line) ?? [];
    if (url !== undefined) return { demo, url };
  }
  throw new Error('The demo did not start.');
}

/** Tells the story, and then breaks the LMS. Calls `look` where there is a picture. */
async function tell(page, look) {
  const tool = page.frameLocator('#lms').frameLocator('iframe[name=tool]');
  const click = (name) => page.getByRole('button', { name }).click();
  await click('Start the registration');
  await tool.getByRole('button', { name: 'Register' }).click();
  await click('Launch as a teacher');
  await tool.getByRole('heading', { name: 'The launch works' }).waitFor();
  await click('Open the picker');
  for (const quiz of ['Photosynthesis', 'Cell division', 'Ecosystems']) await tool.getByLabel(quiz).check();
  await look('demo-pick');
  await tool.getByRole('button', { name: 'Add to the course' }).click();
  await page.getByText('3 quizzes are in the course').waitFor();
  await click('Sync the course');
  await page.getByText('The run is completed').waitFor();
  await click('Grade every learner');
  await page.getByText(/\d+ of \d+ scores are in the gradebook/).waitFor();
}

/** The gradebook of the LMS with the grades, and the overview when the LMS has switched the tool off. */
async function breakAndLook(page, url, look) {
  const frame = page.locator('#lms');
  const lms = new URL(await frame.getAttribute('src'));
  const click = (name) => page.getByRole('button', { name }).click();
  await page.goto(lms.href);
  await page.getByRole('heading', { name: /^Gradebook/ }).waitFor();
  // The first rows show what there is to see.
  await look('demo-gradebook', { x: 0, y: 0, width: SIZE.width, height: GRADEBOOK_HEIGHT });
  await page.goto(new URL('/_faults', lms).href);
  await click('Switch it off');
  await page.goto(url);
  await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/steps/break')),
    click('Expire the token and grade again'),
  ]);
  // The processes count once a minute.
  for (;;) {
    await page.goto(`${url}/dashboard`);
    await page.getByRole('heading', { name: 'What needs a person' }).waitFor();
    await page.waitForLoadState('networkidle');
    const found = [page.getByText('Suspended', { exact: true }), page.getByText('Completed: 1')];
    if ((await Promise.all(found.map((one) => one.isVisible()))).every(Boolean)) break;
    await delay(EVERY_MS);
  }
  await look('dashboard-overview');
}

/** Writes the page as it is, or a part of it, light and dark. */
async function write(page, name, clip) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const path = join(directory, `${name}-${colorScheme}.png`);
    await page.screenshot({ path, animations: 'disabled', ...(clip && { clip }) });
    const { size } = statSync(path);
    console.log(`docs/images/${name}-${colorScheme}.png: ${Math.round(size / 1000)} kB`);
    if (size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes.`);
  }
}

mkdirSync(directory, { recursive: true });
const { demo, url } = await startDemo();
// Chromium's sandbox does not work for root.
const browser = await chromium.launch({
  executablePath: browserPath(),
  chromiumSandbox: process.getuid?.() !== 0,
  args: ['--disable-site-isolation-trials'],
});
try {
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(SLOWEST_STEP_MS);
  await page.goto(url);
  const look = (name, clip) => write(page, name, clip);
  await tell(page, look);
  await breakAndLook(page, url, look);
} finally {
  await browser.close();
  const ended = once(demo, 'exit');
  demo.kill('SIGTERM');
  await ended;
}
