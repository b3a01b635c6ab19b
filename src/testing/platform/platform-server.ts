import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Endpoint } from './endpoint.js';
import { answerInstead, delay, deliver } from '../faults/fault-delivery.js';
import { faultOf } from '../faults/faults.js';
import { type Answer, htmlAnswer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from './platform-state.js';
import { readRequest } from '../http/request-reader.js';

/** A route that is not a service for tools, so that no fault applies to it: pages, keys, the control API. */
export interface PlainRoute {
  matches(path: string): boolean;
  answer(request: PlatformRequest): Answer | Promise<Answer>;
}

export interface PlatformRoutes {
  readonly state: PlatformState;
  readonly endpoints: readonly Endpoint[];
  readonly plain: readonly PlainRoute[];
}

/** Routes requests to the end points and applies the faults. */
export class PlatformServer {
  readonly #server: Server;
  readonly #stopping = new AbortController();
  #routes: PlatformRoutes | undefined;

  private constructor() {
    this.#server = createServer((message, response) => void this.#handle(message, response));
    // A test run whose set-up failed must end without a call of `stop()`.
    this.#server.unref();
  }

  /** Listens; rejects when the port is taken. */
  static async listen(host: string, port: number): Promise<PlatformServer> {
    const server = new PlatformServer();
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(port, host, resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Starts to answer. Not in the constructor, since the address is known only when the server listens. */
  serve(routes: PlatformRoutes): void {
    this.#routes = routes;
  }

  /** Ends every connection, answered or not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const routes = this.#routes;
      if (routes === undefined) return void response.writeHead(503).end();
      const request = await readRequest(message, response, routes.state.url, this.#stopping.signal);
      if (request === undefined) return void response.writeHead(400, { connection: 'close' }).end();
      await this.#route(request, routes, response);
    } catch (error) {
      this.#fail(error, response);
    }
  }

  async #route(
    request: PlatformRequest,
    { state, endpoints, plain }: PlatformRoutes,
    response: ServerResponse,
  ) {
    const path = request.url.pathname;
    response.setHeader('date', state.clock.now().toUTCString());
    state.counters.countPath(path);
    if (state.movedTo !== undefined && !path.startsWith('/_control/')) {
      return deliver(movedAnswer(request, state.movedTo), [], response);
    }
    const endpoint = endpoints.find((each) => each.matches(path, request));
    if (endpoint !== undefined) return this.#serve(request, endpoint, state, response);
    const route = plain.find((each) => each.matches(path));
    const answer =
      route === undefined ? jsonAnswer(404, { error: 'not_found' }) : await route.answer(request);
    return deliver(answer, [], response);
  }

  async #serve(request: PlatformRequest, endpoint: Endpoint, state: PlatformState, response: ServerResponse) {
    endpoint.countRequest(request);
    const leave = endpoint.enter?.(request);
    if (leave !== undefined) request.signal.addEventListener('abort', leave, { once: true });
    const throttled = state.throttle?.enter(endpoint, request);
    if (throttled !== undefined) {
      request.signal.addEventListener('abort', () => throttled.leave(), { once: true });
      if (throttled.refusal !== undefined) {
        leave?.();
        return deliver(withHeaders(throttled.refusal, throttled.leave()), [], response);
      }
    }
    const faults = state.faults.take(endpoint.faultTarget, endpoint.courseOf(request.url.pathname));
    const hang = faultOf(faults, 'hang');
    if (hang !== undefined && hang.when !== 'after-processing') return;
    if (faultOf(faults, 'cut')?.when === 'before-processing') return void response.destroy();
    await delay(faults, 'before-processing', state.clock, request.signal);
    const instead = answerInstead(faults, endpoint, request, state);
    const answer = instead ?? (await endpoint.answer(request, faults));
    if (hang !== undefined) return;
    await delay(faults, 'after-processing', state.clock, request.signal);
    // Before the answer is sent: its caller may send the next request before this line.
    leave?.();
    await deliver(withHeaders(answer, throttled?.leave() ?? {}), faults, response);
  }

  #fail(error: unknown, response: ServerResponse): void {
    // The caller has disconnected or the platform stops, so no answer is needed.
    if (response.destroyed || this.#stopping.signal.aborted) return;
    if (response.headersSent) return void response.destroy();
    const { status, body } = jsonAnswer(500, { error: 'simulated_platform_fault', message: String(error) });
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }
}

/** The answer of Moodle at its old address: 303. A client that follows it sends a GET without the body. */
function movedAnswer({ url }: PlatformRequest, to: string): Answer {
  return htmlAnswer(303, 'Redirect', { location: `${to}${url.pathname}${url.search}` });
}

/** The answer with these headers, except for those that it has already. */
function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}
