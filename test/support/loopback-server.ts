import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answers a request; `nth` counts from 1. */
export type LoopbackHandler = (response: ServerResponse, request: ReceivedRequest, nth: number) => unknown;

/** A real HTTP server on 127.0.0.1 with the handler of a test. It records the requests. */
export class LoopbackServer {
  readonly requests: ReceivedRequest[] = [];
  connections = 0;
  private readonly arrivals = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(handle: LoopbackHandler): Promise<LoopbackServer> {
    const server = createServer((request, response) => void loopback.receive(request, response, handle));
    const loopback = new LoopbackServer(server);
    // A test that fails before it stops the server must not keep jest from ending.
    server.unref();
    server.on('connection', () => (loopback.connections += 1));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return loopback;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Resolves when `count` requests have arrived in total. */
  untilRequests(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.requests.length < count) return;
        this.arrivals.delete(check);
        resolve();
      };
      this.arrivals.add(check);
      check();
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await once(this.server.close(), 'close');
  }

  private async receive(
    request: IncomingMessage,
    response: ServerResponse,
    handle: LoopbackHandler,
  ): Promise<void> {
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: await text(request) };
    const nth = this.requests.push(received);
    for (const arrival of this.arrivals) arrival();
    await handle(response, received, nth);
  }
}
