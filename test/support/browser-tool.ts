import { type ServerResponse } from 'node:http';
import { sendPage } from '../../src/launch/pages/launch-page.js';
import { loginPage } from '../../src/launch/pages/login.page.js';
import { proofPage } from '../../src/launch/pages/proof.page.js';
import { LoopbackServer, type ReceivedRequest } from './loopback-server.js';

const SECRET = 'the secret of this browser';
const KEY = 'nest_lti_test';

/** The pages of a launch on a server without the checks of a launch. It answers how the browser was recognised. */
export class BrowserTool {
  /** The parameters of each login. */
  readonly logins: { method: string; parameters: Record<string, string> }[] = [];

  private server: LoopbackServer | undefined;

  private constructor(private readonly platform: { authorizationUrl: string; origin: string }) {}

  static async start(platform: { authorizationUrl: string; origin: string }): Promise<BrowserTool> {
    const tool = new BrowserTool(platform);
    tool.server = await LoopbackServer.start((response, request) => tool.answer(response, request));
    return tool;
  }

  /** The URL of a login by GET. */
  loginUrl(host: string, parameters: Record<string, string> = {}): string {
    return `${this.url(host, '/lti/login')}?${new URLSearchParams(parameters).toString()}`;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private url(host: string, path: string): string {
    return `http://${host}:${this.server?.port}${path}`;
  }

  private answer(response: ServerResponse, request: ReceivedRequest): void {
    const { pathname, search, hostname } = new URL(request.url, `http://${request.headers.host}`);
    const fields = Object.fromEntries(new URLSearchParams(request.method === 'POST' ? request.body : search));
    if (pathname === '/lti/login') this.login(response, request, hostname, fields);
    else if (pathname === '/lti/launch') this.launch(response, request, hostname, fields);
    else response.writeHead(404).end();
  }

  private login(
    response: ServerResponse,
    { method, headers }: ReceivedRequest,
    host: string,
    parameters: Record<string, string>,
  ): void {
    this.logins.push({ method, parameters });
    const { lti_storage_target: frame, ...loginParameters } = parameters;
    const redirect = new URLSearchParams({
      redirect_uri: this.url(host, '/lti/launch'),
      state: JSON.stringify({ frame, loginParameters }),
    });
    const authorizationUrl = `${this.platform.authorizationUrl}?${redirect.toString()}`;
    response.setHeader('Set-Cookie', `${KEY}=1; Path=/lti; HttpOnly; SameSite=None; Secure; Partitioned`);
    if (headers['sec-fetch-dest'] === 'document') {
      response.writeHead(302, { location: authorizationUrl }).end();
      return;
    }
    const storage = { frame, origin: this.platform.origin, key: KEY, value: SECRET };
    sendPage(
      response,
      loginPage({ authorizationUrl, loginUrl: this.url(host, '/lti/login'), loginParameters, storage }),
    );
  }

  private launch(
    response: ServerResponse,
    { headers }: ReceivedRequest,
    host: string,
    { id_token: idToken = '', state = '', lti_storage_value: stored }: Record<string, string>,
  ): void {
    if (headers.cookie?.includes(`${KEY}=1`) === true) {
      launched(response, 'Launched by cookie');
      return;
    }
    if (stored !== undefined) {
      launched(response, stored === SECRET ? 'Launched by storage' : 'Not this browser');
      return;
    }
    const { frame, loginParameters } = JSON.parse(state);
    sendPage(
      response,
      proofPage({
        launchUrl: this.url(host, '/lti/launch'),
        idToken,
        state,
        loginUrl: this.url(host, '/lti/login'),
        loginParameters,
        storage: { frame, origin: this.platform.origin, key: KEY },
      }),
    );
  }
}

function launched(response: ServerResponse, how: string): void {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<h1>${how}</h1>`);
}
