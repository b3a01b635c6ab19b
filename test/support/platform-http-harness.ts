import { once } from 'node:events';
import { type AddressInfo, type Server } from 'node:net';
import { type PlatformHttpOptions } from '../../src/platform-http/platform-http.options.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { type PlatformRequest } from '../../src/platform-http/platform-request.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { type LoopbackHandler, LoopbackServer } from './loopback-server.js';

/** Servers and clients that end with the test that made them. Call once in a spec file, outside the tests. */
export function platformHttpHarness() {
  const stops: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  return {
    async serve(handle: LoopbackHandler): Promise<LoopbackServer> {
      const server = await LoopbackServer.start(handle);
      stops.push(() => server.stop());
      return server;
    },

    /** Starts any TCP server. Returns its port. */
    async listen(server: Server): Promise<number> {
      const sockets = new Set<{ destroy: () => unknown }>();
      server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      stops.push(async () => {
        for (const socket of sockets) socket.destroy();
        await once(server.close(), 'close');
      });
      return (server.address() as AddressInfo).port;
    },

    client(options: PlatformHttpOptions = {}, clock = new FakeClock()): PlatformHttpService {
      const http = new PlatformHttpService(
        { allowPrivateNetworks: true, random: () => 0, ...options },
        clock,
      );
      stops.push(() => http.onApplicationShutdown());
      return http;
    },
  };
}

export function get(
  url: string,
  more: Partial<PlatformRequest> & { takesRedirects?: boolean } = {},
): PlatformRequest {
  return { method: 'GET', url, ...more };
}

/** The error that the promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as Error,
  );
}
