import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type DemoServices } from './demo-services.js';
import { type DemoStory } from './demo-story.js';
import { type StepId, stepIds } from './demo-steps.js';
import { freePort } from './free-port.js';
import { guidePage } from './guide-page.js';

const USUAL_PORT = 3080;

/**
 * The page that leads through the demo. It shows the LMS and the dashboard in frames. The dashboard refuses frames, and the service
 * has no setting for that: this server passes its pages on under its own origin, with a policy that allows this page alone.
 */
export class DemoGuide {
  private constructor(
    private readonly server: Server,
    /** Of the same site as the service, so that the cookie of the dashboard is sent from a frame. */
    readonly url: string,
    private readonly services: DemoServices,
    private readonly story: DemoStory,
  ) {}

  static async start(services: DemoServices, story: DemoStory): Promise<DemoGuide> {
    const port = await freePort(USUAL_PORT);
    const server = createServer((request, response) => {
      guide.answer(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(String(error));
      });
    });
    const guide = new DemoGuide(server, `http://localhost:${port}`, services, story);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return guide;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page on another host name that leads here must not act with the reader's session (DNS rebinding).
    if (request.headers.host !== new URL(this.url).host)
      return void response.writeHead(302, { location: this.url }).end();
    const { method, url: path = '/' } = request;
    if (/^\/(?:dashboard|api\/v1)(?:[/?]|$)/.test(path)) return this.forward(request, response, path);
    if (method === 'GET' && path === '/') return this.page(response);
    if (method === 'GET' && path === '/state') {
      sendJson(response, 200, await this.story.state());
      return;
    }
    const step = stepIds.find((id) => path === `/steps/${id}`);
    if (method === 'POST' && step !== undefined) return this.begin(step, request, response);
    response.writeHead(404).end();
  }

  /** The page, which also signs the browser in to the dashboard. */
  private async page(response: ServerResponse): Promise<void> {
    const { html, policy } = guidePage(this.services.lmsUrl);
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'set-cookie': await this.signIn(),
    });
    response.end(html);
  }

  private async signIn(): Promise<string[]> {
    const { apiUrl, apiKey } = this.services;
    const answer = await fetch(`${apiUrl}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: apiUrl, 'x-requested-with': 'demo' },
      body: JSON.stringify({ apiKey }),
    });
    if (!answer.ok) throw new Error(`The dashboard refused the sign-in: ${await answer.text()}`);
    return answer.headers.getSetCookie();
  }

  private async begin(step: StepId, { headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (headers.origin !== this.url) return void response.writeHead(403).end();
    try {
      await this.story.begin(step);
      sendJson(response, 200, await this.story.state());
    } catch (error) {
      sendJson(response, 409, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async forward(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { hostname, port } = new URL(this.services.apiUrl);
    const { method, headers } = request;
    const forwarded = httpRequest({ host: hostname, port, path, method, headers });
    response.once('close', () => forwarded.destroy());
    const answered = once(forwarded, 'response') as Promise<[IncomingMessage]>;
    const [[answer]] = await Promise.all([answered, pipeline(request, forwarded)]);
    response.writeHead(answer.statusCode ?? 502, framable(answer.headers));
    // A reader who leaves the page ends a stream early.
    await pipeline(answer, response).catch(() => undefined);
  }
}

/** The headers, with which pages of the same origin may show the answer in a frame. */
function framable(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-security-policy': policy, 'x-frame-options': frames, ...others } = headers;
  return {
    ...others,
    ...(frames !== undefined && { 'x-frame-options': 'SAMEORIGIN' }),
    ...(policy !== undefined && {
      'content-security-policy': String(policy).replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    }),
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
