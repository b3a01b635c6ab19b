import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';
import { formTo } from '../browser/form-reading.js';
import { SimulatedBrowser } from '../browser/simulated-browser.js';

const user = 'user-00002';

describe('ProfilePage', () => {
  let tool: UserOAuthTool;
  const browser = new SimulatedBrowser();

  beforeEach(async () => {
    tool = await UserOAuthTool.start({ clientId: '<b>tool</b>' });
    await tool.tokensOf(user);
  });
  afterEach(() => tool.lms.stop());

  it('lists the tokens, with HTML escaped, and deletes one by its button', async () => {
    const address = tool.lms.userOAuth.profileUrl(user);
    const page = await browser.get(address);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).toContain('<td>&lt;b&gt;tool&lt;/b&gt;</td>');
    expect(page.body).not.toContain('<b>tool');
    const { id } = tool.lms.userOAuth.profile(user).tokens[0]!;
    expect(page.body).toContain(`<button type="submit" name="token" value="${id}">Delete</button>`);
    const { action, fields } = formTo(tool.lms.url, page)!;
    const deleted = await browser.post(action, [...fields, ['token', String(id)]]);
    expect(deleted.status).toBe(303);
    expect((await browser.follow(deleted)).body).toContain('There are none.');
    expect((await browser.post(action, [...fields, ['token', String(id)]])).status).toBe(404);
  });

  it('is linked from the front page', async () => {
    expect((await browser.get(tool.lms.url)).body).toContain('<a href="/profile/settings">');
    const people = await browser.get(`${tool.lms.url}/profile/settings`);
    expect(people.body).toMatch(/<a href="\/profile\/settings\?user=user-00002">[^<]*<\/a>: 1</);
  });

  it('refuses the form of another site', async () => {
    const { tokens } = tool.lms.userOAuth.profile(user);
    const response = await fetch(`${tool.lms.url}/profile/settings`, {
      method: 'POST',
      headers: { origin: 'https://elsewhere.example' },
      body: new URLSearchParams({ user, token: String(tokens[0]?.id) }),
    });
    expect([response.status, tool.lms.userOAuth.profile(user).tokens.length]).toEqual([403, 1]);
  });
});
