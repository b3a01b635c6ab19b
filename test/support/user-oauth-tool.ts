import { FakeClock } from '../../src/testing/fake-clock.js';
import { type SimulatedUserOAuthClientInput } from '../../src/testing/user-oauth/user-oauth-client.js';
import { SimulatedBrowser } from '../../src/testing/browser/simulated-browser.js';
import { SimulatedPlatform, type SimulatedPlatformOptions } from '../../src/testing/index.js';

export const callback = 'https://tool.example.edu/callback?tenant=7';

interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A simulated platform, and a tool that gets users' tokens there by plain HTTP. */
export class UserOAuthTool {
  readonly clientId: string;
  readonly #secret: string;
  readonly #isBasic: boolean;

  private constructor(
    readonly lms: SimulatedPlatform,
    readonly clock: FakeClock,
    { clientId, clientSecret, style }: SimulatedUserOAuthClientInput,
  ) {
    this.clientId = clientId;
    this.#secret = clientSecret;
    this.#isBasic = style === 'rotating';
  }

  /** A platform with one course of 12 members and this one client. */
  static async start(
    input: Partial<SimulatedUserOAuthClientInput> = {},
    // Not throttled: with a clock that stands still, a bucket of Canvas is full after four tokens.
    options: SimulatedPlatformOptions = { family: 'canvas', throttles: false },
  ): Promise<UserOAuthTool> {
    const clock = new FakeClock();
    const lms = await SimulatedPlatform.start({ clock, ...options });
    lms.addCourse({ contextId: 'biology', title: 'Biology', members: 12 });
    const client = {
      clientId: '10000000000007',
      clientSecret: 's3cr+t%',
      redirectUris: [callback],
      ...input,
    };
    lms.addUserOAuthClient(client);
    return new UserOAuthTool(lms, clock, client);
  }

  authorizeUrl(parameters: Record<string, string> = {}): string {
    const query = { client_id: this.clientId, response_type: 'code', redirect_uri: callback, state: 'st&te' };
    return `${this.lms.userOAuth.authorizeUrl}?${new URLSearchParams({ ...query, ...parameters }).toString()}`;
  }

  /** The URL that the browser is redirected to. */
  async authorize(parameters: Record<string, string> = {}): Promise<URLSearchParams> {
    const { status, headers } = await new SimulatedBrowser().get(this.authorizeUrl(parameters));
    if (status !== 302) throw new Error(`No redirect: ${status}`);
    return new URL(headers.location ?? '').searchParams;
  }

  /** The token answer of a new consent. */
  async tokensOf(userId: string, parameters: Record<string, string> = {}): Promise<TokenAnswer> {
    this.lms.userOAuth.consentAs(userId);
    const code = (await this.authorize()).get('code') ?? '';
    return this.exchange(code, parameters);
  }

  exchange(code: string, parameters: Record<string, string> = {}): Promise<TokenAnswer> {
    return this.post({ grant_type: 'authorization_code', code, redirect_uri: callback, ...parameters });
  }

  refresh(refreshToken: unknown, parameters: Record<string, string> = {}): Promise<TokenAnswer> {
    return this.post({ grant_type: 'refresh_token', refresh_token: String(refreshToken), ...parameters });
  }

  post(parameters: Record<string, string>): Promise<TokenAnswer> {
    const basic = Buffer.from(`${this.clientId}:${encodeURIComponent(this.#secret)}`).toString('base64');
    const inBody = { client_id: this.clientId, client_secret: this.#secret };
    return this.#send(this.lms.userOAuth.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({ ...(this.#isBasic ? {} : inBody), ...parameters }),
      ...(this.#isBasic ? { headers: { authorization: `Basic ${basic}` } } : {}),
    });
  }

  revoke(accessToken: unknown, query = ''): Promise<TokenAnswer> {
    return this.#send(this.lms.userOAuth.tokenUrl + query, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${String(accessToken)}` },
    });
  }

  call(accessToken: unknown, path: string, init: RequestInit = {}): Promise<TokenAnswer> {
    const url = path.startsWith('http') ? path : this.lms.userOAuth.apiUrl + path;
    return this.#send(url, { ...init, headers: { authorization: `Bearer ${String(accessToken)}` } });
  }

  async #send(url: string, init: RequestInit): Promise<TokenAnswer> {
    const response = await fetch(url, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const body = (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body };
  }
}
