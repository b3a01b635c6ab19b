import { jwtVerify } from 'jose';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type BenchPlatform } from './launch-platform.js';

/** The least that a tool can do: a state and a nonce in memory, jose's check, and a session in memory. */
export async function bareLaunchServer(platform: Pick<BenchPlatform, 'issuer' | 'clientId' | 'publicKey'>) {
  const nonces = new Map<string, string>();
  const sessions = new Map<string, unknown>();
  const options = { issuer: platform.issuer, audience: platform.clientId, algorithms: ['RS256'] };

  const login = (response: ServerResponse): void => {
    const [state, nonce] = [random(), random()];
    nonces.set(state, nonce);
    const location = `${platform.issuer}/auth?${new URLSearchParams({ state, nonce }).toString()}`;
    response.writeHead(302, { location, 'set-cookie': `state=${state}; HttpOnly` }).end();
  };
  const launch = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const { payload } = await jwtVerify(form.get('id_token') ?? '', platform.publicKey, options);
    const state = form.get('state') ?? '';
    const isOurs = nonces.get(state) === payload.nonce && request.headers.cookie?.includes(state) === true;
    nonces.delete(state);
    const session = random();
    sessions.set(session, payload);
    response.writeHead(isOurs ? 303 : 400, isOurs ? { location: `/?code=${session}` } : {}).end();
  };
  const server = createServer((request, response) => {
    if (request.method === 'GET') login(response);
    else void launch(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function random(): string {
  return randomBytes(16).toString('base64url');
}
