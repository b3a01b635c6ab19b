import { getDataSourceToken } from '@nestjs/typeorm';
import request from 'supertest';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { type LaunchSession } from '../../src/launch/sessions/launch-session.entity.js';
import { LaunchSessionService } from '../../src/launch/sessions/launch-session.service.js';
import { SimulatedBrowser, type SimulatedPlatform } from '../../src/testing/index.js';
import { GrantSweepService } from '../../src/user-grants/removal/grant-sweep.service.js';
import { UserApiClient } from '../../src/user-grants/api/user-api-client.js';
import { type UserGrantHandle, UserGrantService } from '../../src/user-grants/user-grant.service.js';
import { LaunchScene, type LaunchedTool } from './launch-scene.js';
import { API_KEY, type LtiTestApp, type LtiTestOptions } from './lti-app.js';

export type OAuthStyle = 'canvas' | 'rotating';
export type BrowserAnswer = Awaited<ReturnType<SimulatedBrowser['get']>>;
type ClientChanges = Partial<Parameters<SimulatedPlatform['addUserOAuthClient']>[0]>;

export const CLIENT_ID = 'user-client';
export const CLIENT_SECRET = 'the-secret-of-the-user-client';
export const PROFILE = '/api/v1/users/self/profile';

/** A custom provider with the rules of Brightspace. */
export const rotatingProvider = {
  authorizeUrl: '/login/oauth2/auth',
  tokenUrl: '/login/oauth2/token',
  clientAuthentication: 'basic',
  rotatesRefreshTokens: true,
  insufficientScopeText: 'Insufficient scope to call',
};

/** A launched user, and the browser of the launch. */
export interface LaunchedUser {
  session: LaunchSession;
  /** The user id of LTI (`sub`). */
  userId: string;
  browser: SimulatedBrowser;
}

/** A platform whose API the tool calls as the user, and users who are launched from it. */
export class UserGrantScene {
  private constructor(
    readonly scene: LaunchScene,
    readonly platform: SimulatedPlatform,
    readonly tool: LaunchedTool,
  ) {}

  static async start(
    style: OAuthStyle = 'canvas',
    {
      custom = { canvas_user_id: '$Canvas.user.id' },
      ...options
    }: LtiTestOptions & { custom?: Record<string, string> } = {},
  ): Promise<UserGrantScene> {
    const scene = await LaunchScene.start(options);
    const platform = await scene.platform({ family: style === 'canvas' ? 'canvas' : 'generic' });
    const { url } = scene.lti;
    const launch = { loginUrl: `${url}/lti/login`, redirectUris: [`${url}/lti/launch`], custom };
    const settings = { deploymentIds: ['1'], launch };
    const tool = await scene.register(
      platform,
      { platformFamily: style === 'canvas' ? 'canvas' : 'generic' },
      settings,
    );
    const grants = new UserGrantScene(scene, platform, tool);
    grants.addClient({ style });
    await grants.putClient(style === 'canvas' ? {} : { provider: rotatingProvider }).expect(200);
    return grants;
  }

  get lti(): LtiTestApp {
    return this.scene.lti;
  }

  get grants(): UserGrantService {
    return this.lti.app.get(UserGrantService, { strict: false });
  }

  get api(): UserApiClient {
    return this.lti.app.get(UserApiClient, { strict: false });
  }

  get callbackUrl(): string {
    return `${this.lti.url}/user-grants/callback`;
  }

  /** The tool's client at the platform. */
  addClient(changes: ClientChanges = {}): void {
    this.platform.addUserOAuthClient({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUris: [this.callbackUrl],
      ...changes,
    });
  }

  /** The tool's client in its own database. */
  putClient(changes: object = {}): request.Test {
    return request(this.lti.url)
      .put(`/api/v1/registrations/${this.tool.registrationId}/user-grant-client`)
      .set('Authorization', `Bearer ${API_KEY}`)
      .send({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, apiUrl: this.platform.url, ...changes });
  }

  sql<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE)).query(statement, parameters);
  }

  /** @param member the position in the roster */
  async launch(member = 0, browser = this.scene.browser()): Promise<LaunchedUser> {
    const { userId } = this.platform.course('course-1').members[member]!;
    const { status } = await browser.launch(this.scene.begin(this.platform, this.tool, { userId }));
    // A page of nest-lti, or a redirect to the tool.
    expect([200, 303]).toContain(status);
    const [row] = await this.sql<{ id: string }>(
      'SELECT id FROM nest_lti.launch_session ORDER BY id DESC LIMIT 1',
    );
    const session = await this.lti.app.get(LaunchSessionService, { strict: false }).get(row!.id);
    expect(session.userId).toBe(userId);
    return { session, userId, browser };
  }

  /** A browser that keeps no cookies. */
  cookieless(): SimulatedBrowser {
    return new SimulatedBrowser({ cookies: false, clock: this.lti.clock });
  }

  /** The URL where the launched user authorizes the tool. */
  async authorizeUrl({ session }: LaunchedUser): Promise<string> {
    const resolution = await this.grants.resolve({ session });
    if (resolution.status !== 'authorizationRequired') throw new Error(`It is ${resolution.status}.`);
    return resolution.authorizeUrl!;
  }

  /** The launched user consents at the platform and returns. Returns the last page. */
  async consent(user: LaunchedUser, as = user.userId): Promise<BrowserAnswer> {
    this.platform.userOAuth.consentAs(as);
    return user.browser.follow(await user.browser.get(await this.authorizeUrl(user)));
  }

  /** The user consents at the platform. Returns the callback URL to which the platform redirects. */
  async toCallback(user: LaunchedUser, as = user.userId): Promise<string> {
    this.platform.userOAuth.consentAs(as);
    let url = await this.authorizeUrl(user);
    while (!url.startsWith(this.callbackUrl)) {
      const { headers } = await user.browser.get(url);
      url = new URL(headers.location!, url).href;
    }
    return url;
  }

  /** How many codes were sent to the platform. */
  get exchanges(): number {
    return this.platform.counts.userTokenRequests.authorization_code ?? 0;
  }

  /** A launched user with a usable grant. The user consents first, if that is needed. */
  async connect(member = 0): Promise<LaunchedUser & { grant: UserGrantHandle }> {
    const user = await this.launch(member);
    const resolution = await this.grants.resolve(user);
    if (resolution.status !== 'authorizationRequired') return { ...user, grant: resolution.grant };
    expect((await this.consent(user)).status).toBe(200);
    const after = await this.grants.resolve(user);
    if (after.status === 'authorizationRequired') throw new Error(after.reason);
    return { ...user, grant: after.grant };
  }

  /** How many tokens the user's profile shows. */
  tokensOf(userId: string): number {
    return this.platform.userOAuth.profile(userId).tokens.length;
  }

  get refreshes(): number {
    return this.platform.counts.userTokenRequests.refresh_token ?? 0;
  }

  /** Expires the grant in the database. */
  async expire(): Promise<void> {
    const before = new Date(this.lti.clock.nowMs() - 1000);
    await this.sql('UPDATE nest_lti.user_grant SET expires_at = $1', [before]);
  }

  /** Runs the work that each process does once a minute. */
  sweep(): Promise<void> {
    return this.lti.app.get(GrantSweepService, { strict: false }).tick();
  }

  stop(): Promise<void> {
    return this.scene.stop();
  }
}
