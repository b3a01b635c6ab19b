import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { findProgram } from './test-programs.js';

/** A tool on this host cannot store cookies in a frame of an LMS on 127.0.0.1, not even partitioned ones. */
export const COOKIELESS_HOST = 'blocked.localhost';
/** A tool on this host can store only partitioned cookies there. */
export const PARTITIONED_HOST = 'localhost';
/** A tool on this host cannot store any cookie, in a window neither. */
export const NO_COOKIES_HOST = 'nowhere.localhost';

const SLOWEST_STEP_MS = 20_000;

const preferences = {
  profile: {
    // Third-party cookies are blocked.
    cookie_controls_mode: 1,
    content_settings: {
      exceptions: {
        cookies: {
          [`http://${COOKIELESS_HOST}:*,http://127.0.0.1:*`]: { setting: 2 },
          [`http://${NO_COOKIES_HOST}:*,*`]: { setting: 2 },
        },
      },
    },
  },
};

/** A real Chromium with its own profile. All its host names resolve to this machine, but they are other sites than 127.0.0.1. */
export class Chromium {
  /** What pages and frames wrote to their consoles, including policy violations. */
  readonly console: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    private readonly profile: string,
  ) {
    context.setDefaultTimeout(SLOWEST_STEP_MS);
    context.on('console', (message) => this.console.push(message.text()));
    context.on('weberror', (error) => this.console.push(`Uncaught: ${String(error.error())}`));
  }

  static async start(): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'nest-lti-chromium-'));
    await mkdir(join(profile, 'Default'));
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findProgram('Chromium'),
      headless: true,
      // Chromium's sandbox does not work for root.
      chromiumSandbox: process.getuid?.() !== 0,
      // Playwright loses frames that change their process more often than it can follow. Origins stay apart without it.
      args: ['--disable-site-isolation-trials'],
    });
    return new Chromium(context, profile);
  }

  /** Opens a URL in a new tab. */
  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** The tab that `act` makes the page open. */
  async opened(act: () => Promise<void>): Promise<Page> {
    const [page] = await Promise.all([this.context.waitForEvent('page'), act()]);
    return page;
  }

  /** Closes all tabs, and clears all data. */
  async forgetAll(): Promise<void> {
    for (const page of this.context.pages()) await page.close();
    await this.context.clearCookies();
    this.console.length = 0;
  }

  async stop(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

let users = 0;
let shared: Promise<Chromium> | undefined;

/** The Chromium that all suites of this process share. It runs until the last one has ended. */
export function useChromium(): () => Chromium {
  let running: Chromium | undefined;
  users += 1;
  beforeAll(async () => {
    running = await (shared ??= Chromium.start());
  }, 60_000);
  afterEach(() => running?.forgetAll());
  afterAll(async () => {
    users -= 1;
    if (users > 0) return;
    shared = undefined;
    await running?.stop();
  });
  return () => {
    if (running === undefined) throw new Error('Chromium runs in tests only.');
    return running;
  };
}
