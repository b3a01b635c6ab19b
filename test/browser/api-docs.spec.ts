import { useChromium } from '../support/chromium.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { StandaloneService } from '../support/standalone-service.js';

describe('the pages of the REST API in Chromium', () => {
  const chromium = useChromium();
  let service: StandaloneService;
  let foreignSite: LoopbackServer;
  beforeAll(async () => {
    service = await StandaloneService.start();
    foreignSite = await LoopbackServer.start((response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<iframe name="docs" src="${service.url}/docs"></iframe>`);
    });
  });
  afterAll(async () => {
    await foreignSite.stop();
    await service.stop();
  });

  const consoleAbout = (rule: RegExp): string[] => chromium().console.filter((text) => rule.test(text));

  it('show the groups of routes, and break no rule of their content security policy', async () => {
    const page = await chromium().open(`${service.url}/docs`);
    const explorer = page.locator('openapi-explorer');
    for (const tag of ['registrations', 'courses', 'scores', 'launch sessions']) {
      await explorer.getByText(tag, { exact: true }).first().waitFor();
    }
    expect(consoleAbout(/Content Security Policy|Refused to|Uncaught/i)).toEqual([]);
  });

  it('cannot be framed by another site, which could steal a click', async () => {
    const { headers } = await fetch(`${service.url}/docs`);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.* frame-ancestors 'none'$/);
    const page = await chromium().open(foreignSite.url());
    expect(await page.frame({ name: 'docs' })?.locator('openapi-explorer').count()).toBe(0);
    expect(consoleAbout(/frame-ancestors/)).toHaveLength(1);
  });
});
