import { callback, UserOAuthTool } from '../../../test/support/user-oauth-tool.js';
import { type FormField } from '../browser/form-field.js';
import { formTo } from '../browser/form-reading.js';
import { SimulatedBrowser } from '../browser/simulated-browser.js';

const user = 'user-00002';

describe('UserAuthorizeRoute', () => {
  let tool: UserOAuthTool;
  const browser = new SimulatedBrowser();

  beforeEach(async () => {
    tool = await UserOAuthTool.start();
  });
  afterEach(() => tool.lms.stop());

  async function answerPage(...buttons: FormField[]) {
    const page = await browser.get(tool.authorizeUrl({ purpose: '<b>Grades</b>' }));
    const form = formTo(tool.lms.url, page)!;
    const filled = form.fields.filter(([name]) => !name.startsWith('sim_'));
    return { page, back: await browser.post(form.action, [...filled, ...buttons]) };
  }

  it('shows a page that runs no foreign script, with a button for each user', async () => {
    const { page, back } = await answerPage(['sim_user', user], ['sim_other_user', '']);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).toContain('Purpose: &lt;b&gt;Grades&lt;/b&gt;.');
    expect(page.body.match(/name="sim_user"/g)).toHaveLength(12);
    const location = new URL(back.headers.location!);
    expect(back.status).toBe(302);
    expect(location.href.startsWith(`${callback}&code=`)).toBe(true);
    expect(location.searchParams.get('state')).toBe('st&te');
    const { body } = await tool.exchange(location.searchParams.get('code')!);
    expect(body.user).toMatchObject({ id: tool.lms.userOAuth.idOf(user) });
    expect(tool.lms.userOAuth.profile(user).tokens[0]?.purpose).toBe('<b>Grades</b>');
  });

  it('returns access_denied when the user cancels, and refuses unknown clients', async () => {
    const { back } = await answerPage(['sim_cancel', '1'], ['sim_other_user', '']);
    expect(new URL(back.headers.location!).searchParams.get('error')).toBe('access_denied');
    const { back: stranger } = await answerPage(['sim_other_user', 'nobody']);
    expect(stranger.status).toBe(404);
    expect(() => tool.lms.userOAuth.consentAs('nobody')).toThrow('nobody');
  });

  it('sends nothing to an address that is not exactly a registered one', async () => {
    const wrongs: Record<string, string>[] = [{ redirect_uri: `${callback}&x=1` }, { client_id: 'nobody' }];
    for (const wrong of wrongs) {
      const page = await browser.get(tool.authorizeUrl(wrong));
      expect([page.status, page.headers.location]).toEqual([400, undefined]);
    }
    expect(tool.lms.counts.rejected).toEqual({ unregistered_redirect_uri: 1, unknown_user_client: 1 });
  });

  it('answers without a page if a consent exists, and with errors on demand', async () => {
    tool.lms.userOAuth.refuseConsent('server_error');
    expect([...(await tool.authorize()).entries()]).toEqual([
      ['tenant', '7'],
      ['error', 'server_error'],
      ['state', 'st&te'],
    ]);
    tool.lms.userOAuth.consentAs(user);
    expect((await tool.authorize({ response_type: 'token' })).get('error')).toBe('unsupported_response_type');
    tool.lms.userOAuth.showConsentPage();
    expect((await browser.get(tool.authorizeUrl())).status).toBe(200);
  });

  it('answers without a page only if the user has allowed it before', async () => {
    const silent = async () => (await tool.authorize({ prompt: 'none' })).get('error');
    expect(await silent()).toBe('login_required');
    tool.lms.userOAuth.consentAs(user);
    expect(await silent()).toBe('interaction_required');
    await tool.tokensOf(user);
    expect(await silent()).toBeNull();
  });
});
