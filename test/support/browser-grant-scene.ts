import { type Locator, type Page } from 'playwright-core';
import request from 'supertest';
import { freePort } from '../../src/demo/free-port.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { profileTool } from './browser-grant-tool.js';
import { type Chromium, COOKIELESS_HOST } from './chromium.js';
import { API_KEY, LtiTestApp } from './lti-app.js';

const CONTEXT_ID = 'course-1';
const CLIENT = { clientId: 'user-client', clientSecret: 'the-secret-of-the-user-client' };

/** A simulated Canvas, and a tool on another site whose frame stores no cookies, in a real browser. */
export class BrowserGrantScene {
  private constructor(
    readonly lti: LtiTestApp,
    readonly platform: SimulatedPlatform,
    private readonly chromium: () => Chromium,
  ) {}

  static async start(chromium: () => Chromium): Promise<BrowserGrantScene> {
    const publicUrl = `http://${COOKIELESS_HOST}:${await freePort(0)}`;
    const lti = await LtiTestApp.start({ publicUrl, ...profileTool });
    const platform = await SimulatedPlatform.start({ family: 'canvas', throttles: false, clock: lti.clock });
    const scene = new BrowserGrantScene(lti, platform, chromium);
    await scene.register(publicUrl);
    return scene;
  }

  /** The LTI user id and the name of a member of the course. */
  member(index: number): { userId: string; name: string } {
    const { userId, name } = this.platform.course(CONTEXT_ID).members[index]!;
    return { userId, name: name! };
  }

  /** Opens the tool in the course. Returns the tool's frame. */
  async launch(userId: string): Promise<Locator> {
    const query = new URLSearchParams({ client_id: 'tool', context_id: CONTEXT_ID, user_id: userId });
    const page = await this.chromium().open(`${this.platform.url}/_launch/frame?${query.toString()}`);
    return page.frameLocator('iframe[name=tool]').locator('main');
  }

  /** Follows a link of the tool's frame to the platform's consent page, which opens in a window. */
  async toConsent(tool: Locator, link = 'Authorize'): Promise<Page> {
    const consent = await this.chromium().opened(() =>
      tool.getByRole('link', { name: link, exact: true }).click(),
    );
    await consent.getByRole('heading', { name: `Authorize ${CLIENT.clientId}` }).waitFor();
    return consent;
  }

  /** Answers the consent page. */
  async consentAs(consent: Page, userId: string): Promise<void> {
    await consent.locator(`button[name=sim_user][value="${userId}"]`).click();
  }

  /** The user's settings at the platform, which list the tokens of tools. */
  async profile(userId: string): Promise<{ page: Page; tokens: Locator }> {
    const page = await this.chromium().open(this.platform.userOAuth.profileUrl(userId));
    await page.getByRole('heading', { name: 'Settings of' }).waitFor();
    return { page, tokens: page.getByRole('button', { name: 'Delete' }) };
  }

  /** The user grant in the database. */
  async grantsOf(userId: string): Promise<{ status: string }[]> {
    const { body } = await this.lti.api('get', `/api/v1/user-grants?userId=${userId}`).expect(200);
    return (body as { items: { status: string }[] }).items;
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    await this.lti.stop();
  }

  private async register(publicUrl: string): Promise<void> {
    const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience, url: apiUrl } = this.platform;
    this.platform.addCourse({ contextId: CONTEXT_ID, members: 6 });
    this.platform.addTool({
      clientId: 'tool',
      jwksUrl: this.lti.jwksUrl,
      launch: {
        loginUrl: `${publicUrl}/lti/login`,
        redirectUris: [`${publicUrl}/lti/launch`],
        custom: { canvas_user_id: '$Canvas.user.id' },
      },
    });
    this.platform.addUserOAuthClient({ ...CLIENT, redirectUris: [`${publicUrl}/user-grants/callback`] });
    const platform = { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience, platformFamily: 'canvas' };
    const { body } = await this.lti
      .api('post', '/api/v1/registrations', {
        name: 'Canvas',
        clientId: 'tool',
        deployments: ['1'],
        ...platform,
      })
      .expect(201);
    await request(this.lti.url)
      .put(`/api/v1/registrations/${body.id as string}/user-grant-client`)
      .set('Authorization', `Bearer ${API_KEY}`)
      .send({ ...CLIENT, apiUrl })
      .expect(200);
  }
}
