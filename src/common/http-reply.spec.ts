import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { LoopbackServer } from '../../test/support/loopback-server.js';
import { goneSignal } from './http-reply.js';

describe('the signal of a client that has gone', () => {
  let server: LoopbackServer;
  let arrived: (response: ServerResponse) => void;
  beforeEach(async () => (server = await LoopbackServer.start((response) => arrived(response))));
  afterEach(() => server.stop());

  /** The answer to a request that has arrived, and the client's way to go. */
  async function open() {
    const response = new Promise<ServerResponse>((resolve) => (arrived = resolve));
    const message = request(server.url()).on('error', () => undefined);
    message.end();
    return { response: await response, leave: () => message.destroy() };
  }

  it('aborts the signal when the client disconnects', async () => {
    const { response, leave } = await open();
    const gone = goneSignal(response);
    expect(gone.aborted).toBe(false);
    leave();
    await once(response, 'close');
    expect(gone.aborted).toBe(true);
  });

  it('returns an aborted signal when the client disconnected before', async () => {
    const { response, leave } = await open();
    leave();
    await once(response, 'close');
    expect(goneSignal(response).aborted).toBe(true);
  });

  it('does not abort the signal after a complete answer', async () => {
    const { response } = await open();
    const gone = goneSignal(response);
    response.end();
    await once(response, 'close');
    expect([gone.aborted, goneSignal(response).aborted]).toEqual([false, false]);
  });
});
