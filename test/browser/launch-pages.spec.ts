import { type FrameLocator, type Page } from 'playwright-core';
import { BrowserLms, type CoursePage, STORAGE_FRAME, type StorageManner } from '../support/browser-lms.js';
import { BrowserTool } from '../support/browser-tool.js';
import { COOKIELESS_HOST, NO_COOKIES_HOST, PARTITIONED_HOST, useChromium } from '../support/chromium.js';

const MARKUP = `"'></script><script>window.ran = true</script><img src=x onerror="window.ran = true">\u2028&amp;`;
const NEW_WINDOW = 'This activity needs its own window';

describe('the pages of a launch in Chromium', () => {
  const chromium = useChromium();
  let lms: BrowserLms;
  let tool: BrowserTool;
  beforeAll(async () => {
    lms = await BrowserLms.start();
    tool = await BrowserTool.start(lms);
  });
  beforeEach(() => {
    tool.logins.length = 0;
  });
  afterAll(async () => {
    await tool.stop();
    await lms.stop();
  });

  const frameOf = (page: Page): FrameLocator => page.frameLocator('iframe[name=tool]');

  const untilTool = async (page: Page, heading: string): Promise<void> => {
    await frameOf(page).getByRole('heading', { name: heading }).waitFor();
  };

  const withoutCookies = (manner: StorageManner, frame?: string): CoursePage => ({
    toolUrl: tool.loginUrl(COOKIELESS_HOST, frame === undefined ? {} : { lti_storage_target: frame }),
    manner,
  });

  const violations = (): string[] =>
    chromium().console.filter((text) => /Content Security Policy|Uncaught/i.test(text));

  it('go on by cookie where the browser keeps partitioned ones, and leave none of their own', async () => {
    const toolUrl = tool.loginUrl(PARTITIONED_HOST);
    const page = await chromium().open(lms.course({ toolUrl, manner: 'silence' }));
    await untilTool(page, 'Launched by cookie');
    expect(await page.frame({ name: 'tool' })?.evaluate('document.cookie')).toBe('');
    expect(violations()).toEqual([]);
  });

  it('go on by the storage of the parent where no cookie is kept', async () => {
    const page = await chromium().open(lms.courseWithStorage(withoutCookies('keeps', '_parent')));
    await untilTool(page, 'Launched by storage');
    expect(violations()).toEqual([]);
  });

  it('go on by the storage of a named frame of another origin than the parent', async () => {
    const page = await chromium().open(lms.course(withoutCookies('keeps', STORAGE_FRAME)));
    await untilTool(page, 'Launched by storage');
    expect(violations()).toEqual([]);
  });

  it('ask the parent which frame is the storage where the login does not say it', async () => {
    const course = { ...withoutCookies('keeps'), capableFrame: STORAGE_FRAME };
    await untilTool(await chromium().open(lms.course(course)), 'Launched by storage');
  });

  it('ask the parent frame if there is no frame with the name from the login', async () => {
    // The first one is a name that every window has.
    const pages = ['location', MARKUP].map(async (frame) => {
      const course = { ...withoutCookies('keeps', frame), capableFrame: STORAGE_FRAME };
      await untilTool(await chromium().open(lms.course(course)), 'Launched by storage');
    });
    await Promise.all(pages);
  });

  it('ask again what the storage has missed while it was loading', async () => {
    const page = await chromium().open(lms.course(withoutCookies('misses the first', STORAGE_FRAME)));
    await untilTool(page, 'Launched by storage');
  });

  it('offer a new window where the storage has lost what was put', async () => {
    const pages = (['forgets', 'keeps nothing'] as const).map(async (manner) => {
      await untilTool(await chromium().open(lms.course(withoutCookies(manner, STORAGE_FRAME))), NEW_WINDOW);
    });
    await Promise.all(pages);
  });

  it('believe no error, no other message_id or subject, no other origin and no other frame', async () => {
    const manners: StorageManner[] = [
      'error',
      'other message_id',
      'other subject',
      'answers from another origin',
      'answers from another frame',
    ];
    // At the same time, because each waits for an answer that does not come.
    await Promise.all(
      manners.map(async (manner) => {
        const page = await chromium().open(lms.course(withoutCookies(manner, STORAGE_FRAME)));
        await untilTool(page, NEW_WINDOW);
        // The platform has had no request yet.
        expect(page.frame({ name: 'tool' })?.url()).toContain('/lti/login');
      }),
    );
  });

  it('tell the value to no other origin than that of the authorization URL', async () => {
    // The parent is the storage here, but of the wrong origin: it would answer a message.
    const course = { ...withoutCookies('keeps', '_parent'), capableFrame: '_parent' };
    const page = await chromium().open(lms.course(course));
    await untilTool(page, NEW_WINDOW);
    expect(new Set(await page.evaluate<string[]>('told'))).toEqual(new Set(['lti.capabilities']));
  });

  it('offer a new window with neither, which gets the login as it was, and works by cookie', async () => {
    const parameters = {
      iss: 'https://lms.example',
      login_hint: 'Ünïcode & more=',
      lti_message_hint: '{"a":"b"}',
    };
    const toolUrl = tool.loginUrl(COOKIELESS_HOST, parameters);
    const page = await chromium().open(lms.course({ toolUrl, manner: 'silence' }));
    await untilTool(page, NEW_WINDOW);
    const button = frameOf(page).getByRole('button', { name: 'Open in a new window' });
    const opened = await chromium().opened(() => button.click());
    await opened.getByRole('heading', { name: 'Launched by cookie' }).waitFor();
    expect(tool.logins).toEqual([
      { method: 'GET', parameters },
      { method: 'POST', parameters },
    ]);
    expect(await opened.evaluate('window.opener')).toBeNull();
    await untilTool(page, 'The activity continues in the other window');
    expect(violations()).toEqual([]);
  });

  it('open no window after the other where windows keep no cookies either', async () => {
    const page = await chromium().open(tool.loginUrl(NO_COOKIES_HOST));
    await page.getByRole('heading', { name: 'Your browser does not keep cookies of this site' }).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('run no markup that is in a parameter', async () => {
    const parameters = { iss: MARKUP, login_hint: MARKUP, [MARKUP]: MARKUP };
    const toolUrl = tool.loginUrl(COOKIELESS_HOST, parameters);
    const page = await chromium().open(lms.course({ toolUrl, manner: 'silence' }));
    await untilTool(page, NEW_WINDOW);
    const frame = page.frame({ name: 'tool' });
    expect(await frame?.evaluate('window.ran')).toBeUndefined();
    const fields = await frame?.evaluate(
      'Object.fromEntries([...document.querySelectorAll("#new-window-form input")].map(({ name, value }) => [name, value]))',
    );
    expect(fields).toEqual({ iss: MARKUP, login_hint: MARKUP, [MARKUP]: MARKUP });
    expect(violations()).toEqual([]);
  });
});
